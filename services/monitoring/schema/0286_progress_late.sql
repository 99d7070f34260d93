-- What came of days that had been judged already, beside its place in progress: without what came after a day, a view shows
-- things as they were known on it. known_day: business day on which it came.
CREATE TABLE progress_late (
    bucket      smallint NOT NULL,
    known_day   date NOT NULL,
    day         date NOT NULL,
    unit_id     integer NOT NULL,
    channel_id  integer NOT NULL,
    product_id  integer NOT NULL,
    measures    smallint[] NOT NULL,
    sums        bigint[] NOT NULL
);
CREATE INDEX progress_late_known ON progress_late (known_day);
