-- A gap stays open until a file of its number, or of its day, came: these are looked for however long ago it was.
CREATE INDEX feed_file_by_number ON feed_file (feed_id, sequence_no) WHERE sequence_no IS NOT NULL;
CREATE INDEX feed_file_by_day ON feed_file (feed_id, file_day) WHERE file_day IS NOT NULL;
