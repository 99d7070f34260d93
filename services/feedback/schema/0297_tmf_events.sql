-- A resource that an event only refers to is asked for at once, and at the next round where that told nothing new:
-- prompted_at is the referred_at for which it was asked at once.
ALTER TABLE tmf_resource ADD COLUMN prompted_at timestamptz;
CREATE INDEX tmf_resource_prompted ON tmf_resource (feed_id)
    WHERE referred_at IS NOT NULL AND prompted_at IS DISTINCT FROM referred_at;

-- Feeds whose events of unknown type are looked at once more, by who may know their types by now; after_*: how far.
CREATE TABLE tmf_retake (
    feed_id       integer PRIMARY KEY REFERENCES feed (id),
    after_type    text COLLATE "C" NOT NULL,
    after_at      timestamptz NOT NULL,
    after_digest  bytea NOT NULL
);
