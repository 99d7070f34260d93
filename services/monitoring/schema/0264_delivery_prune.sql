-- Messages are forgotten by age, and those merged into one with it.
CREATE INDEX delivery_queued ON delivery (queued_at) WHERE state <> 'waiting';
CREATE INDEX delivery_merged ON delivery (merged_into) WHERE merged_into <> '';
