-- Resources kept as documents (a code, an id, the packed message): planning's own and every reader's copy of them, and
-- the services' own definitions (feeds, rules, receivers, scorecards). A reference table: small, read whole at start.
CREATE TABLE document (
    kind  text NOT NULL,
    code  text NOT NULL,
    id    integer NOT NULL,
    body  bytea NOT NULL,
    PRIMARY KEY (kind, code)
);

-- Targets of published plans, as planning announced them; 0 is all channels or all products.
CREATE TABLE target (
    period_id   integer NOT NULL,
    version     integer NOT NULL,
    unit_id     integer NOT NULL,
    channel_id  integer NOT NULL,
    product_id  integer NOT NULL,
    measure_id  integer NOT NULL,
    amount      bigint NOT NULL,
    PRIMARY KEY (period_id, version, unit_id, measure_id, channel_id, product_id)
);

-- The version in force: set with the last part of a publication.
CREATE TABLE target_version (
    period_id  integer PRIMARY KEY,
    version    integer NOT NULL
);
