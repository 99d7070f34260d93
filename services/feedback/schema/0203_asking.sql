-- Wishes to ask a sender at once, counted: all, and those heard by an asking that began behind them.
-- hub is also joining: a registration whose answer isn't known.
ALTER TABLE tmf_source
    ADD COLUMN hurried  bigint NOT NULL DEFAULT 0,
    ADD COLUMN served   bigint NOT NULL DEFAULT 0;
