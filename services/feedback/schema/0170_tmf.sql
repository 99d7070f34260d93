-- TM Forum events and what is known of the resources that they tell of.

-- Each event once, by a hash of (eventId, eventType, resource id, eventTime, what it says). body: as it was posted.
CREATE TABLE tmf_event (
    feed_id      integer NOT NULL REFERENCES feed (id),
    digest       bytea NOT NULL,
    kind         text NOT NULL,
    resource_id  text COLLATE "C" NOT NULL,
    received_at  timestamptz NOT NULL,
    body         bytea NOT NULL,
    PRIMARY KEY (feed_id, digest)
);
CREATE INDEX tmf_event_resource ON tmf_event (feed_id, kind, resource_id);

-- known: JSON, see tmf/known.h: members with the time that each was last said, states with the time that each was first
-- reached, rows as they were recorded last. external_id: '' none. state: the furthest, in our words. held: its create
-- hasn't come.
CREATE TABLE tmf_resource (
    feed_id      integer NOT NULL REFERENCES feed (id),
    kind         text NOT NULL,
    resource_id  text COLLATE "C" NOT NULL,
    external_id  text COLLATE "C" NOT NULL,
    state        text NOT NULL,
    held         boolean NOT NULL,
    events       integer NOT NULL,
    since        timestamptz NOT NULL,
    known        bytea NOT NULL,
    PRIMARY KEY (feed_id, kind, resource_id)
);
CREATE INDEX tmf_resource_external ON tmf_resource (feed_id, kind, external_id) WHERE external_id <> '';
CREATE INDEX tmf_resource_held ON tmf_resource (feed_id, kind, resource_id) WHERE held;
