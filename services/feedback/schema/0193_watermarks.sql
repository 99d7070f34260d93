-- To when a file says that its feed is complete with it; NULL it doesn't.
ALTER TABLE feed_file ADD COLUMN control_through timestamptz;
