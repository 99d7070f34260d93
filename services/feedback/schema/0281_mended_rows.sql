-- A waiting row as it should have come, in UTF-8, by whom and why; NULL: it is read as it came. raw stays.
ALTER TABLE reject
    ADD COLUMN mended     bytea,
    ADD COLUMN mended_by  text NOT NULL DEFAULT '',
    ADD COLUMN mend_note  text NOT NULL DEFAULT '';
