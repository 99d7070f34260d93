-- Streams, positions and leases: the same tables in every service's schema. Numbers 0001-0099 belong to the bus, a
-- service's own files start at 0100.

-- What this installation fixed for ever. One row.
CREATE TABLE bus_installation (
    one          boolean PRIMARY KEY DEFAULT true CHECK (one),
    buckets      integer NOT NULL,
    incarnation  bigint NOT NULL
);

-- A row is the message, byte for byte as it was published. No index but the key: rows are read by (bucket, seq) range.
-- Not cut by month: pruning goes by what all readers have passed, which is a range of seq.
CREATE TABLE bus_stream (
    bucket    smallint NOT NULL,
    seq       bigint NOT NULL,
    type      integer NOT NULL,
    envelope  bytea NOT NULL,
    payload   bytea NOT NULL,
    PRIMARY KEY (bucket, seq)
);
ALTER TABLE bus_stream ALTER COLUMN payload SET STORAGE EXTERNAL; -- compressed by us where it pays

-- Last sequence of each stream. Every transaction that writes for a bucket moves (or confirms) its row with a
-- compare-and-set on seq and epoch: that is the fence.
CREATE TABLE bus_head (
    bucket  smallint PRIMARY KEY,
    seq     bigint NOT NULL,
    epoch   bigint NOT NULL
) WITH (fillfactor = 50);

-- How far each stream of a peer has been applied; moves in the transaction of the effect.
CREATE TABLE bus_position (
    bucket       smallint NOT NULL,
    source       text NOT NULL,
    seq          bigint NOT NULL,
    incarnation  bigint NOT NULL,
    PRIMARY KEY (bucket, source)
) WITH (fillfactor = 50);

-- Events that could not be applied and may wait without holding up the rest.
CREATE TABLE bus_parked (
    bucket     smallint NOT NULL,
    source     text NOT NULL,
    seq        bigint NOT NULL,
    type       integer NOT NULL,
    envelope   bytea NOT NULL,
    payload    bytea NOT NULL,
    error      text NOT NULL,
    parked_at  timestamptz NOT NULL,
    PRIMARY KEY (bucket, source, seq)
);

-- Answers of requests with effect, kept for whoever asks again with the same key.
CREATE TABLE bus_request (
    bucket     smallint NOT NULL,
    person     text NOT NULL,
    key        text NOT NULL,
    body_hash  bigint NOT NULL,
    status     integer NOT NULL,
    reply      bytea NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (bucket, person, key)
);
CREATE INDEX bus_request_at ON bus_request USING brin (at);

-- Control: who holds which bucket. Never in one transaction with data.
CREATE TABLE bus_lease (
    bucket  smallint PRIMARY KEY,
    owner   text,
    epoch   bigint NOT NULL,
    until   timestamptz NOT NULL
) WITH (fillfactor = 50);

INSERT INTO bus_installation (buckets, incarnation) VALUES (:buckets, (random() * 9e15)::bigint + 1);
INSERT INTO bus_head (bucket, seq, epoch) SELECT b, 0, 0 FROM generate_series(0, :buckets - 1) b;
INSERT INTO bus_lease (bucket, owner, epoch, until)
    SELECT b, NULL, 0, '-infinity' FROM generate_series(0, :buckets - 1) b;
