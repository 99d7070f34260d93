-- Tools and materials on their way to outlets, and certificates of training.

CREATE TABLE material (
    id          bigint PRIMARY KEY,
    code        text NOT NULL UNIQUE,
    state       smallint NOT NULL, -- 0 requested, 1 designed, 2 localised, 3 shipped, 4 confirmed by all
    revision    integer NOT NULL,
    unit_id     integer NOT NULL,
    step_unit   integer NOT NULL,  -- whose people take the next step; 0: the addressees confirm, or nothing is left
    needed_day  date NOT NULL,
    body        bytea NOT NULL     -- Material as requested
);
CREATE INDEX material_step ON material (step_unit) WHERE step_unit > 0;

-- What was done, never changed.
CREATE TABLE material_move (
    material_id  bigint NOT NULL,
    revision     integer NOT NULL,
    state        smallint NOT NULL,
    person       text NOT NULL,
    unit_id      integer NOT NULL,
    at           timestamptz NOT NULL,
    note         text NOT NULL,
    PRIMARY KEY (material_id, revision)
);

CREATE TABLE material_unit (
    material_id   bigint NOT NULL,
    unit_id       integer NOT NULL,
    confirmed_by  text NOT NULL DEFAULT '',
    confirmed_at  timestamptz,
    note          text NOT NULL DEFAULT '',
    PRIMARY KEY (material_id, unit_id)
);
CREATE INDEX material_unit_waiting ON material_unit (unit_id) WHERE confirmed_at IS NULL;

CREATE TABLE certificate (
    person      text NOT NULL,
    product_id  integer NOT NULL,
    from_day    date NOT NULL,
    until_day   date NOT NULL, -- exclusive; infinity: open
    unit_id     integer NOT NULL,
    issued_by   text NOT NULL,
    issued_at   timestamptz NOT NULL,
    note        text NOT NULL,
    PRIMARY KEY (person, product_id, from_day)
);
