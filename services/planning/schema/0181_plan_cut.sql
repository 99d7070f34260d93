-- That a target was cut completely over an axis: the unit's target, and those of all units below it, are then what its
-- parts have together. The parts over channels are all channels, over products those directly below, over periods the
-- ones named here. Without such a row parts may leave something open.
CREATE TABLE plan_cut (
    period_id   integer NOT NULL, -- of the whole
    version     integer NOT NULL, -- 0 over periods: holds for whatever version of each of them is the latest
    axis        text NOT NULL CHECK (axis IN ('channels', 'products', 'periods')),
    measure_id  integer NOT NULL,
    channel_id  integer NOT NULL,
    product_id  integer NOT NULL,
    unit_id     integer NOT NULL,
    into_id     integer[] NOT NULL, -- shorter periods, ascending; {} over other axes
    person      text NOT NULL,
    at          timestamptz NOT NULL,
    reason      text NOT NULL,
    PRIMARY KEY (period_id, version, measure_id, axis, channel_id, product_id, unit_id, into_id)
);
CREATE INDEX plan_cut_into ON plan_cut USING gin (into_id) WHERE version = 0;

-- What a bound was set to, by whom and when; NULL in all of them: it was taken away. Only ever written.
CREATE TABLE bound_step (
    period_id    integer NOT NULL,
    no           integer NOT NULL, -- from 1 in each period
    measure_id   integer NOT NULL,
    channel_id   integer NOT NULL,
    product_id   integer NOT NULL,
    unit_id      integer NOT NULL,
    locked       boolean NOT NULL,
    floor        bigint,
    ceiling      bigint,
    floor_ppm    integer,
    ceiling_ppm  integer,
    against      text NOT NULL,
    reason       text NOT NULL,
    person       text NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (period_id, no)
);
INSERT INTO bound_step (period_id, no, measure_id, channel_id, product_id, unit_id, locked, floor, ceiling, floor_ppm,
                        ceiling_ppm, against, reason, person, at)
SELECT period_id, row_number() OVER (PARTITION BY period_id ORDER BY at, measure_id, channel_id, product_id, unit_id),
       measure_id, channel_id, product_id, unit_id, locked, floor, ceiling, floor_ppm, ceiling_ppm, against, reason,
       person, at
FROM target_bound;
