-- Wishes to ask a sender at once, counted: all, and those heard by an asking that began behind them.
-- hub is also joining: a registration whose answer isn't known.
ALTER TABLE tmf_source
    ADD COLUMN hurried  bigint NOT NULL DEFAULT 0,
    ADD COLUMN served   bigint NOT NULL DEFAULT 0;

-- A file that an operator wants read again: again where its rows were counted before, so that its control needn't be
-- looked at anew. kept_*: what readings before the last one stored; the ledger has that and what the last one stored.
ALTER TABLE feed_file
    ADD COLUMN again        boolean NOT NULL DEFAULT false,
    ADD COLUMN kept_rows    bigint NOT NULL DEFAULT 0,
    ADD COLUMN kept_amount  bigint NOT NULL DEFAULT 0;

-- Events leave for the archive by age.
CREATE INDEX tmf_event_received ON tmf_event (received_at);
