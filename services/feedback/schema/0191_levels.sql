-- What a fact is about (number of the opportunity, the bill, the piece) and the day from which its age counts.
ALTER TABLE order_line ADD COLUMN subject text;
ALTER TABLE order_line ADD COLUMN since date;

-- Readings of levels that hold, each with what is published for it: none where no level is fed. A series is what is
-- measured again and again: a dealer's stock of a product, a bill. A reading counts from its day to that of the next one
-- of its series, by day, time and record; told_* are the changes published for that (day since 1970-01-01, measure,
-- value), so that they are taken back as they were given.
-- series_hash: of the series, for finding it by index; the text is compared too. measures, amounts: what the reading
-- contributes while it holds.
CREATE TABLE level_line (
    bucket         smallint NOT NULL,
    sender         smallint NOT NULL,
    record_key     text COLLATE "C" NOT NULL,
    series_hash    bigint NOT NULL,
    series         text COLLATE "C" NOT NULL,
    day            date NOT NULL,
    occurred_at    timestamptz NOT NULL,
    version        integer NOT NULL,
    unit_id        integer NOT NULL,
    site_id        integer NOT NULL,
    seller_id      integer NOT NULL,
    channel_id     integer NOT NULL,
    product_id     integer NOT NULL,
    since          date,
    measures       smallint[] NOT NULL,
    amounts        bigint[] NOT NULL,
    told_days      bigint[] NOT NULL,
    told_measures  smallint[] NOT NULL,
    told_values    bigint[] NOT NULL,
    PRIMARY KEY (bucket, sender, record_key)
) WITH (fillfactor = 80);
CREATE INDEX level_line_series ON level_line (series_hash, day);

-- Prices that policy sets: lines of channel, first day, day behind the last, price; fields apart by tabs.
ALTER TABLE ref_product ADD COLUMN policy text NOT NULL DEFAULT '';
