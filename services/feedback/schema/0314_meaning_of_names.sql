-- What a file is, is its bytes and what its name makes of them. deletes: its rows take records back. marks_day: a copy of
-- another day's or city's file, by which its own day came all the same.
ALTER TABLE feed_file
    ADD COLUMN deletes    boolean NOT NULL DEFAULT false,
    ADD COLUMN marks_day  boolean NOT NULL DEFAULT false;

-- The same bytes may come as several days of a feed whose files replace days, and as several days without sales.
DROP INDEX feed_file_content;
CREATE INDEX feed_file_content ON feed_file (feed_id, sha256) WHERE state NOT IN ('duplicate', 'waiting');
