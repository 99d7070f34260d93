-- Pay: versions of plans, calculations, the ledger, frozen statements, adjustments, payments, disputes. Nothing here is
-- changed once it is written, but for the state of a period, of a proposed adjustment and of a dispute, whose steps are
-- kept beside it.

-- Every version of a plan; the newest is the document as well.
CREATE TABLE pay_plan_version (
    plan_id     integer NOT NULL,
    version     integer NOT NULL,
    code        text NOT NULL,
    applied_at  timestamptz NOT NULL,
    applied_by  text NOT NULL,
    body        bytea NOT NULL,        -- packed PayPlan
    PRIMARY KEY (plan_id, version)
);

-- One calculation: up to where it read (by bucket of feedback's streams, and of credits worked out anew), and the last complete day it went by.
CREATE TABLE pay_run (
    run_id      integer PRIMARY KEY,
    period_id   integer NOT NULL,
    at          timestamptz NOT NULL,
    run_by      text NOT NULL,
    as_of       date NOT NULL,
    seq         bigint[] NOT NULL,
    crediting   integer NOT NULL,      -- last crediting_run whose entries it read
    basis       bigint NOT NULL,       -- hash of what its parts went by
    entries     integer NOT NULL
);

CREATE TABLE pay_period (
    period_id   integer PRIMARY KEY,
    state       text NOT NULL,         -- calculated, reviewed, closed, paid; a period without a row is open
    run_id      integer NOT NULL,      -- whose inputs hold: of a closed period the last one before its close
    looked_run  integer NOT NULL,      -- last calculation that looked at it, for what came late
    hash        text NOT NULL          -- over all statements, "" before the close
);
CREATE TABLE pay_period_step (
    period_id   integer NOT NULL,
    step_no     integer NOT NULL,
    step        text NOT NULL,
    at          timestamptz NOT NULL,
    step_by     text NOT NULL,
    reason      text NOT NULL,
    run_id      integer NOT NULL,
    PRIMARY KEY (period_id, step_no)
);

-- What a calculation went by and came to, for each component of each payee's plan: so that it can be made again when
-- targets and scores have moved on.
CREATE TABLE pay_part (
    run_id         integer NOT NULL,
    unit_id        integer NOT NULL,
    plan_id        integer NOT NULL,
    plan_version   integer NOT NULL,
    component      text NOT NULL,
    target         bigint NOT NULL,
    days           integer NOT NULL,
    days_in_force  integer NOT NULL,
    has_score      boolean NOT NULL,
    score_milli    bigint NOT NULL,
    rank           integer NOT NULL,
    carried_in     bigint NOT NULL,
    gate_shut      boolean NOT NULL,
    volume         bigint NOT NULL,
    attainment_ppm bigint NOT NULL,
    earned         bigint NOT NULL,
    carried_out    bigint NOT NULL,
    held           bigint NOT NULL,
    lines          integer NOT NULL,
    reason         text NOT NULL,
    PRIMARY KEY (run_id, unit_id, plan_id, component)
);

-- The ledger. An entry belongs to the period that it is for and counts in the period that was open when it was booked.
-- `lines` are the order lines it is made of, as common to all of one entry: packed (day, amount, key) and compressed,
-- NULL where there is only the entry. A row a line would be ten times as much to write, and nobody asks for one line
-- without its payee.
CREATE TABLE pay_entry (
    entry_id      bigint PRIMARY KEY,
    run_id        integer NOT NULL,    -- the last calculation before it, for entries made by hand
    period_id     integer NOT NULL,
    booked_in     integer NOT NULL,
    unit_id       integer NOT NULL,
    plan_id       integer NOT NULL,    -- 0 none
    plan_version  integer NOT NULL,
    component     text NOT NULL,       -- "" the plan as a whole
    kind          smallint NOT NULL,
    amount        bigint NOT NULL,     -- in the plan's smallest unit; signed as it is paid
    digits        smallint NOT NULL,
    cause         text NOT NULL,
    at            timestamptz NOT NULL,
    booked_by     text NOT NULL,
    reference     bigint NOT NULL,     -- adjustment or batch, 0 none
    lines         bytea
);
ALTER TABLE pay_entry ALTER COLUMN lines SET STORAGE EXTERNAL;
CREATE INDEX pay_entry_period ON pay_entry (period_id, unit_id);
CREATE INDEX pay_entry_booked ON pay_entry (booked_in, unit_id);
CREATE INDEX pay_entry_unit ON pay_entry (unit_id, entry_id);

-- Frozen at the close: the file byte for byte, compressed.
CREATE TABLE pay_statement (
    period_id  integer NOT NULL,
    unit_id    integer NOT NULL,
    hash       text NOT NULL,
    file       bytea NOT NULL,
    PRIMARY KEY (period_id, unit_id)
);
ALTER TABLE pay_statement ALTER COLUMN file SET STORAGE EXTERNAL;

CREATE TABLE pay_adjustment (
    adjustment_id  bigint PRIMARY KEY,
    unit_id        integer NOT NULL,
    period_id      integer NOT NULL,
    plan_id        integer NOT NULL,
    digits         smallint NOT NULL,
    amount         bigint NOT NULL,
    reason         text NOT NULL,
    state          text NOT NULL,      -- proposed, approved, refused
    maker          text NOT NULL,
    made_at        timestamptz NOT NULL,
    checker        text NOT NULL,
    checked_at     timestamptz,
    dispute_id     bigint NOT NULL     -- 0 none
);
CREATE INDEX pay_adjustment_unit ON pay_adjustment (unit_id, adjustment_id);

CREATE TABLE pay_batch (
    batch_id         bigint PRIMARY KEY,
    period_id        integer NOT NULL,
    exported_at      timestamptz NOT NULL,
    exported_by      text NOT NULL,
    payments         integer NOT NULL,
    acknowledged_at  timestamptz,
    acknowledged_by  text NOT NULL,
    reference        text NOT NULL
);
CREATE TABLE pay_payment (
    batch_id    bigint NOT NULL,
    unit_id     integer NOT NULL,
    plan_id     integer NOT NULL,
    digits      smallint NOT NULL,
    amount      bigint NOT NULL,
    currency    text NOT NULL,
    PRIMARY KEY (batch_id, unit_id, plan_id)
);

CREATE TABLE dispute (
    dispute_id     bigint PRIMARY KEY,
    unit_id        integer NOT NULL,
    period_id      integer NOT NULL,
    about          text NOT NULL,
    line           text NOT NULL,
    component      text NOT NULL,
    expected       text NOT NULL,
    words          text NOT NULL,
    evidence       text NOT NULL,
    state          text NOT NULL,
    raised_by      text NOT NULL,
    raised_at      timestamptz NOT NULL,
    assignee       text NOT NULL,
    due            date,
    decision       text NOT NULL,
    decided_by     text NOT NULL,
    decided_at     timestamptz,
    adjustment_id  bigint NOT NULL
);
CREATE INDEX dispute_unit ON dispute (unit_id, dispute_id);
CREATE TABLE dispute_step (
    dispute_id  bigint NOT NULL,
    step_no     integer NOT NULL,
    step        text NOT NULL,
    at          timestamptz NOT NULL,
    step_by     text NOT NULL,
    words       text NOT NULL,
    PRIMARY KEY (dispute_id, step_no)
);
