-- Which feed brought a recorded row: its code; null where none did, or where it came before feeds were told.
ALTER TABLE credit ADD COLUMN feed text COLLATE "C";
