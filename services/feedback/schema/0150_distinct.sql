-- Lines that hold for a distinct count and have its key: one row for each live record and distinct measure; none where
-- no distinct count is defined. A group is (measure, within, window, key); its first row by day, time, sender and record
-- carries the count, and has `first`. What was published for a line is what stands here, so that it is taken back as it
-- was given.
-- key_hash: of the whole group, for finding it by index; the texts are compared too. within_id: unit of the measure's
-- type, 0 everywhere. window_day: first day of the window, 1970-01-01 for ever. unit_id: credited.
CREATE TABLE distinct_line (
    bucket       smallint NOT NULL,
    sender       smallint NOT NULL,
    record_key   text COLLATE "C" NOT NULL,
    measure_id   smallint NOT NULL,
    key_hash     bigint NOT NULL,
    within_id    integer NOT NULL,
    window_day   date NOT NULL,
    key          text COLLATE "C" NOT NULL,
    day          date NOT NULL,
    occurred_at  timestamptz NOT NULL,
    version      integer NOT NULL,
    unit_id      integer NOT NULL,
    seller_id    integer NOT NULL,
    channel_id   integer NOT NULL,
    product_id   integer NOT NULL,
    first        boolean NOT NULL,
    PRIMARY KEY (bucket, sender, record_key, measure_id)
) WITH (fillfactor = 90);
CREATE INDEX distinct_line_group ON distinct_line (key_hash, day, occurred_at, sender, record_key);
