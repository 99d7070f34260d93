-- A resource that an event only refers to is asked for at once, and at the next round where that told nothing new:
-- prompted_at is the referred_at for which it was asked at once.
ALTER TABLE tmf_resource ADD COLUMN prompted_at timestamptz;
CREATE INDEX tmf_resource_prompted ON tmf_resource (feed_id)
    WHERE referred_at IS NOT NULL AND prompted_at IS DISTINCT FROM referred_at;
