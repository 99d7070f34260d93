-- Planning's own tables. Units, channels, products, measures, calendars and periods are documents (0002_reference).

-- Targets being worked on; nobody outside sees them.
CREATE TABLE draft_target (
    period_id   integer NOT NULL,
    unit_id     integer NOT NULL,
    measure_id  integer NOT NULL,
    channel_id  integer NOT NULL, -- 0: all channels
    product_id  integer NOT NULL, -- 0: all products
    amount      bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (period_id, unit_id, measure_id, channel_id, product_id)
);

-- Published versions; a version never changes.
CREATE TABLE plan (
    period_id     integer NOT NULL,
    version       integer NOT NULL,
    lines         integer NOT NULL,
    reason        text NOT NULL,
    published_by  text NOT NULL,
    published_at  timestamptz NOT NULL,
    PRIMARY KEY (period_id, version)
);

CREATE TABLE plan_line (
    period_id   integer NOT NULL,
    version     integer NOT NULL,
    unit_id     integer NOT NULL,
    measure_id  integer NOT NULL,
    channel_id  integer NOT NULL,
    product_id  integer NOT NULL,
    amount      bigint NOT NULL,
    PRIMARY KEY (period_id, version, unit_id, measure_id, channel_id, product_id)
);
