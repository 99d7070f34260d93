-- Credits, marks of feeds, scores, closed periods and their statements.

-- One row for each recorded fact (or its reversal) that contributes to a measure, credited to the unit that sold.
-- Written once by binary COPY, never changed. How it is laid out is a matter of intake, measured with a million rows on
-- one core (PostgreSQL 15, two runs each, seconds): measures and values as two arrays 1.6, as one array of pairs 1.4,
-- as packed bytes 1.0; with a b-tree on (unit_id, counts_day) 2.6; with BRIN on the day and a bloom of the units in each
-- range 1.0. So `contributions` holds pairs of measure (2 bytes) and value (8 bytes), big-endian, and a statement finds
-- its rows by day and bloom. There is no key on the record: the position of the stream makes a row come once.
-- `counts_day` is the day it counts on: its own, or the first open day after the closed period that it came late for.
CREATE TABLE credit (
    source_seq     bigint NOT NULL,    -- the event in feedback's stream of this bucket
    counts_day     date NOT NULL,
    day            date NOT NULL,
    unit_id        integer NOT NULL,
    seller_id      integer NOT NULL,   -- 0 none
    channel_id     integer NOT NULL,   -- 0 none
    product_id     integer NOT NULL,   -- 0 none
    version        integer NOT NULL,
    late_for       integer,            -- the closed period that its day lies in
    bucket         smallint NOT NULL,
    source_row     smallint NOT NULL,
    taken_back     boolean NOT NULL,
    sender         text COLLATE "C" NOT NULL,
    record_key     text COLLATE "C" NOT NULL,
    contributions  bytea NOT NULL
);
ALTER TABLE credit ALTER COLUMN contributions SET STORAGE PLAIN;
CREATE INDEX credit_day ON credit USING brin (counts_day, unit_id int4_bloom_ops (n_distinct_per_range = 1200))
    WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX credit_late ON credit (late_for, counts_day) WHERE late_for IS NOT NULL;

-- What feeds said about how far they are complete. A mark counts when this service has read feedback's streams up to
-- `seq` (by bucket); until then the one before it does, so a feed may have several.
CREATE TABLE feed_mark (
    feed_id  integer NOT NULL,
    through  timestamptz NOT NULL,     -- exclusive
    silent   boolean NOT NULL,
    seq      bigint[] NOT NULL,
    PRIMARY KEY (feed_id, through)
);

-- The running result: one row for each unit with a scorecard and each period that began. `body` is the packed Score
-- without titles and words, `defined` false where no measure has a target.
CREATE TABLE score (
    period_id    integer NOT NULL,
    unit_id      integer NOT NULL,
    unit_type    text NOT NULL,
    score_milli  bigint NOT NULL,
    rank         integer NOT NULL,     -- 0 not ranked
    as_of        date NOT NULL,
    body         bytea NOT NULL,
    PRIMARY KEY (period_id, unit_id)
) WITH (fillfactor = 70);

-- A closed period never changes.
CREATE TABLE closing (
    period_id   integer PRIMARY KEY,
    period      text NOT NULL,
    from_day    date NOT NULL,
    until_day   date NOT NULL,
    closed_at   timestamptz NOT NULL,
    closed_by   text NOT NULL,
    statements  integer NOT NULL,
    hash        text NOT NULL
);

-- The statements as they were on the day of the close: packed, in both languages. `hash` is the SHA-256 of body_zh,
-- body_en and `digest`; `digest` is the sum modulo 2^256 of the SHA-256 of each credit behind the statement, which
-- doesn't depend on their order.
CREATE TABLE statement (
    period_id     integer NOT NULL,
    unit_id       integer NOT NULL,
    credit_count  bigint NOT NULL,
    digest        bytea NOT NULL,
    body_zh       bytea NOT NULL,
    body_en       bytea NOT NULL,
    hash          text NOT NULL,
    PRIMARY KEY (period_id, unit_id)
);
