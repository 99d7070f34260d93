-- Feeds whose files are to be read again, since their codes mean something else.
CREATE TABLE feed_again (
    feed_id  integer PRIMARY KEY REFERENCES feed (id)
);
