-- Feeds whose events of unknown type are looked at once more, by who may know their types by now; after_*: how far.
CREATE TABLE tmf_retake (
    feed_id       integer PRIMARY KEY REFERENCES feed (id),
    after_type    text COLLATE "C" NOT NULL,
    after_at      timestamptz NOT NULL,
    after_digest  bytea NOT NULL
);
