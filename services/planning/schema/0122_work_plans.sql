-- Local plans and account plans, whole by version, and what was done to them. Sections, steps and figures stand in the
-- body: they are written and read together, and a version that is superseded stays as it was.
CREATE TABLE work_plan (
    code         text NOT NULL,
    version      integer NOT NULL,
    kind         text NOT NULL,
    unit_id      integer NOT NULL,
    approver_id  integer NOT NULL,
    period_id    integer NOT NULL,
    state        smallint NOT NULL, -- 0 draft, 1 submitted, 2 returned, 3 approved, 4 superseded
    revision     integer NOT NULL,
    latest       boolean NOT NULL,
    open_steps   integer NOT NULL,  -- of an approved one
    body         bytea NOT NULL,    -- WorkPlan
    PRIMARY KEY (code, version)
);
CREATE INDEX work_plan_unit ON work_plan (unit_id);

CREATE TABLE work_plan_move (
    code      text NOT NULL,
    version   integer NOT NULL,
    revision  integer NOT NULL,
    act       smallint NOT NULL,
    person    text NOT NULL,
    at        timestamptz NOT NULL,
    note      text NOT NULL,
    PRIMARY KEY (code, version, revision)
);
