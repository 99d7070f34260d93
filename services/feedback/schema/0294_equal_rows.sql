-- Which of its file's rows with the same other parts of the key a waiting row is, where the feed's key counts them
-- ("#nth"); 0 isn't known.
ALTER TABLE reject ADD COLUMN nth integer NOT NULL DEFAULT 0;
