-- Old rows of the streams: which files they were written to, and how far readers are. The bus's own, like 0001.

-- One row a file, in order and without gaps from sequence 1 on: the next file of a bucket begins behind the last one.
-- Rows of bus_stream go away only where a row here covers them.
CREATE TABLE bus_archive (
    bucket       smallint NOT NULL,
    from_seq     bigint NOT NULL,
    to_seq       bigint NOT NULL CHECK (to_seq >= from_seq),
    incarnation  bigint NOT NULL,
    first_at     timestamptz NOT NULL, -- when its first and its last row were published
    last_at      timestamptz NOT NULL,
    bytes        bigint NOT NULL,      -- of the file
    chain        bytea NOT NULL,       -- SHA-256 of its header, which names its contents and the file before
    written_at   timestamptz NOT NULL,
    PRIMARY KEY (bucket, from_seq)
);

-- How far each reader says that it has come; pruning waits for those that were heard of lately.
CREATE TABLE bus_reader (
    bucket    smallint NOT NULL,
    reader    text NOT NULL,
    seq       bigint NOT NULL,
    heard_at  timestamptz NOT NULL,
    PRIMARY KEY (bucket, reader)
) WITH (fillfactor = 50);
