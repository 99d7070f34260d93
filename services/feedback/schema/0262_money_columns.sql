-- Further columns of money beside the amount: kept with the fact, added up for each file.

-- By their place in the feed's `sums`; NULL of rows of feeds without.
ALTER TABLE order_line ADD COLUMN sums bigint[];
-- What of them could be read when the row went into quarantine.
ALTER TABLE reject ADD COLUMN sums bigint[];

-- What feed_file.*_amount is for the amount, for the feed's further columns. name: as it was when the file was read.
-- kept: what readings before the last one stored. control: what companion or trailer say; NULL nothing.
CREATE TABLE file_sum (
    file_id      bigint NOT NULL,
    place        smallint NOT NULL,
    name         text COLLATE "C" NOT NULL,
    read         bigint NOT NULL DEFAULT 0,
    stored       bigint NOT NULL DEFAULT 0,
    duplicate    bigint NOT NULL DEFAULT 0,
    suspended    bigint NOT NULL DEFAULT 0,
    filtered     bigint NOT NULL DEFAULT 0,
    written_off  bigint NOT NULL DEFAULT 0,
    kept         bigint NOT NULL DEFAULT 0,
    control      bigint,
    PRIMARY KEY (file_id, place),
    CONSTRAINT file_sum_amounts CHECK (read = stored + duplicate + suspended + filtered + written_off)
) WITH (fillfactor = 70);
