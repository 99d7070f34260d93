-- What loaded files say of their feeds that can't be believed yet, since files of earlier days wait in the inbox.
-- unit_id 0: the feed as a whole. through: the furthest that was said.
CREATE TABLE feed_claim (
    feed_id integer NOT NULL REFERENCES feed (id),
    unit_id integer NOT NULL,
    through timestamptz NOT NULL,
    PRIMARY KEY (feed_id, unit_id)
);
