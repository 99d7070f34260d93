-- Resources that an event has named and said nothing of: what changed is asked for by id.
-- referred_at: when the last such event came; NULL nothing to ask for. tried_at: when it was last asked for by id, by
-- its own or because it is held; those that were tried longest ago go first, so that what is gone at the sender doesn't
-- stand in the way of others.
ALTER TABLE tmf_resource
    ADD COLUMN referred_at  timestamptz,
    ADD COLUMN tried_at     timestamptz;
CREATE INDEX tmf_resource_referred ON tmf_resource (feed_id) WHERE referred_at IS NOT NULL;
