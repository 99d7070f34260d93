-- Feeds whose rows that came by request are to be read again out of archive/<feed>/appended-<day>, since their codes
-- mean something else. Requests up to the file `until`; day, place: how far they are read, '' and 0 before
-- the first.
CREATE TABLE appended_again (
    feed_id  integer PRIMARY KEY REFERENCES feed (id),
    until    bigint NOT NULL,
    day      text NOT NULL,
    place    bigint NOT NULL
);
