-- The rows of a large file are added up in parts: file and place in it, rather than the file alone.
DROP INDEX order_line_file;
CREATE INDEX order_line_file ON order_line USING brin (file_id, row_no) WITH (pages_per_range = 64);
