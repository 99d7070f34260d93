-- How asking the senders of TM Forum events goes, and where the feeds are registered at their hubs.

CREATE TABLE tmf_source (
    feed_id      integer PRIMARY KEY REFERENCES feed (id),
    url          text NOT NULL,             -- that was asked
    through      timestamptz,               -- all that changed before was asked for; NULL never yet
    asked_at     timestamptz NOT NULL,
    seen         bigint NOT NULL,
    missed       bigint NOT NULL,
    failures     integer NOT NULL,          -- in a row
    error        text NOT NULL,
    hub          text NOT NULL,             -- '', registered, taken, failed
    hub_for      text NOT NULL,             -- what was registered: URL, callback and query, by line
    hub_id       text NOT NULL,
    hub_at       timestamptz,               -- when
    hub_error    text NOT NULL
);
