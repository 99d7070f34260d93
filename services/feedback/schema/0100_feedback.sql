-- Feedback: reference data as planning published it, feeds, files, facts, quarantine, watermarks.

-- --- planning's data, by its events (reference tables: small, the same on every node) --------------------------------
CREATE TABLE ref_unit (
    id       integer PRIMARY KEY,
    code     text COLLATE "C" NOT NULL,
    type     text NOT NULL,
    channel  text NOT NULL
);
-- Parents by code: an event may name a parent that a later event brings.
CREATE TABLE ref_relation (
    unit_id    integer NOT NULL,
    from_day   date NOT NULL,
    until_day  date NOT NULL,
    parent     text COLLATE "C" NOT NULL,
    PRIMARY KEY (unit_id, from_day)
);
CREATE TABLE ref_channel (
    id    integer PRIMARY KEY,
    code  text COLLATE "C" NOT NULL
);
CREATE TABLE ref_product (
    id          integer PRIMARY KEY,
    code        text COLLATE "C" NOT NULL,
    parent      text COLLATE "C" NOT NULL,
    list_price  text NOT NULL
);
-- body: the packed Measure.
CREATE TABLE ref_measure (
    id    integer PRIMARY KEY,
    body  bytea NOT NULL
);

-- --- feeds -----------------------------------------------------------------------------------------------------------
-- Numbers allotted by us: a counter row instead of a sequence, so that they have no gaps and need no global object.
CREATE TABLE allotted (
    what  text PRIMARY KEY,
    last  bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO allotted (what, last) VALUES ('feed', 0), ('sender', 0), ('file', 0);

CREATE TABLE sender (
    id    smallint PRIMARY KEY,
    name  text COLLATE "C" NOT NULL UNIQUE
);

-- body: the packed Feed. through: the watermark; spoke_at: business time when it last moved.
CREATE TABLE feed (
    id        integer PRIMARY KEY,
    code      text COLLATE "C" NOT NULL UNIQUE,
    sender    smallint NOT NULL REFERENCES sender (id),
    body      bytea NOT NULL,
    through   timestamptz,
    spoke_at  timestamptz NOT NULL,
    silent    boolean NOT NULL
) WITH (fillfactor = 70);

-- --- files -----------------------------------------------------------------------------------------------------------
-- A file is known by its content. done_* is the place behind the last row that is durable; a batch moves it by
-- compare-and-set, so a batch whose commit had an unknown outcome is never applied twice. header: the bytes of the
-- header record, with which waiting rows are read again.
CREATE TABLE feed_file (
    id           bigint PRIMARY KEY,
    feed_id      integer NOT NULL REFERENCES feed (id),
    name         text NOT NULL,
    state        text NOT NULL CHECK (state IN ('waiting', 'loading', 'loaded', 'partial', 'refused', 'duplicate')),
    error        text NOT NULL DEFAULT '',
    sha256       bytea NOT NULL,
    bytes        bigint NOT NULL,
    rows_read    bigint NOT NULL DEFAULT 0,
    accepted     bigint NOT NULL DEFAULT 0,
    duplicate    bigint NOT NULL DEFAULT 0,
    superseded   bigint NOT NULL DEFAULT 0,
    suspended    bigint NOT NULL DEFAULT 0,
    done_offset  bigint NOT NULL DEFAULT 0,
    done_line    bigint NOT NULL DEFAULT 1,
    done_row     bigint NOT NULL DEFAULT 1,
    last_event   timestamptz,
    header       bytea NOT NULL DEFAULT '',
    seen_at      timestamptz NOT NULL,
    done_at      timestamptz,
    CHECK (rows_read = accepted + duplicate + superseded + suspended)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX feed_file_content ON feed_file (feed_id, sha256) WHERE state <> 'duplicate';
CREATE INDEX feed_file_by_name ON feed_file (feed_id, name);

-- A row that could not be recorded, as it came (UTF-16 feeds: as UTF-8).
CREATE TABLE reject (
    file_id     bigint NOT NULL,
    row_no      bigint NOT NULL,
    feed_id     integer NOT NULL,
    line_no     bigint NOT NULL,
    file_offset bigint NOT NULL,
    reason      text NOT NULL,
    column_name text NOT NULL,
    value       text NOT NULL,
    message     text NOT NULL,
    raw         bytea NOT NULL,
    released    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (file_id, row_no)
);
CREATE INDEX reject_waiting ON reject (feed_id, file_id, row_no) WHERE NOT released;

-- --- facts -----------------------------------------------------------------------------------------------------------
-- Append-only: one row for every record, version and operation that arrived. What counts is a function of the rows of a
-- record (effect.h), never a flag here. measures and contributions are what the row contributes while it counts; they
-- are kept so that a reversal takes back exactly what was given, and change only when a measure is defined anew.
--
-- Not cut by month: a record must be unique whatever its day says, and a correction meets its original by key alone.
-- With month partitions the key would have to live in a second table: a second insert and a second index for each
-- record, where the index is 60 % of the cost of intake already. Rows are found by key (this index) or by a range of
-- days (BRIN, a few pages; rows arrive roughly in the order of their days). Old facts leave by DELETE of a day range.
-- unit_id: credited; site_id: the unit that the row names, credited by measures that say so.
-- version: the record's version * 8 + the rank of its state, so that a late state changes nothing.
CREATE TABLE order_line (
    bucket         smallint NOT NULL,
    sender         smallint NOT NULL,
    record_key     text COLLATE "C" NOT NULL,
    operation      smallint NOT NULL,
    version        integer NOT NULL,
    day            date NOT NULL,
    occurred_at    timestamptz NOT NULL,
    unit_id        integer NOT NULL,
    seller_id      integer NOT NULL,
    channel_id     integer NOT NULL,
    product_id     integer NOT NULL,
    quantity       bigint NOT NULL,
    amount         bigint NOT NULL,
    state          smallint NOT NULL,
    customer       text NOT NULL,
    place_id       integer NOT NULL,
    content_hash   bigint NOT NULL,
    file_id        bigint NOT NULL,
    row_no         bigint NOT NULL,
    known_at       timestamptz NOT NULL,
    measures       smallint[] NOT NULL,
    contributions  bigint[] NOT NULL,
    site_id        integer NOT NULL,
    PRIMARY KEY (bucket, sender, record_key, operation, version)
);
CREATE INDEX order_line_day ON order_line USING brin (day);

-- Buckets whose contributions are being worked out again after a definition changed, and how far that has come.
CREATE TABLE reissue (
    bucket        smallint PRIMARY KEY,
    after_sender  smallint NOT NULL,
    after_key     text COLLATE "C" NOT NULL
);
