-- Reversals that say how much they take back: what a row gives (bits, order_line.h); NULL nothing, it takes back all.
ALTER TABLE order_line ADD COLUMN gives smallint;

-- Such rows as they came, while they are recorded: one that no longer is what its original is goes back to quarantine.
CREATE TABLE reversal (
    file_id      bigint NOT NULL,
    row_no       bigint NOT NULL,
    feed_id      integer NOT NULL,
    line_no      bigint NOT NULL,
    file_offset  bigint NOT NULL,
    raw          bytea NOT NULL,
    PRIMARY KEY (file_id, row_no)
);

-- Of such rows in quarantine: the record that they take back, and whether it changed since they were read.
ALTER TABLE reject
    ADD COLUMN record_hash  bigint,
    ADD COLUMN due          boolean NOT NULL DEFAULT false;
CREATE INDEX reject_reversals ON reject (record_hash) WHERE record_hash IS NOT NULL AND NOT released;
CREATE INDEX reject_due ON reject (file_id, row_no) WHERE due AND NOT released;
