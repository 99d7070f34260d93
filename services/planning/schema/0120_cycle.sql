-- Cycles, their stages and deliverables, files, guides, readiness, local and account plans. All of it is planning's
-- whole (bucket 0): some ten thousand rows a year. Words of states are small integers; the code names them.

-- One run of a template for a period; keeps the template as it was, so that a later change of it alters no duty.
CREATE TABLE cycle (
    id         integer PRIMARY KEY,
    code       text NOT NULL UNIQUE,
    period_id  integer NOT NULL,
    template   bytea NOT NULL, -- CycleTemplate
    done       boolean NOT NULL,
    opened_by  text NOT NULL,
    opened_at  timestamptz NOT NULL
);

-- The units that hold a role in a cycle: fixed at its opening.
CREATE TABLE cycle_seat (
    cycle_id  integer NOT NULL,
    role      text NOT NULL,
    unit_id   integer NOT NULL,
    PRIMARY KEY (cycle_id, role, unit_id)
);

CREATE TABLE cycle_stage (
    cycle_id       integer NOT NULL,
    ordinal        smallint NOT NULL, -- place in the template, from 0
    state          smallint NOT NULL, -- 0 waiting, 1 open, 2 done
    opened_at      timestamptz,
    overridden_by  text NOT NULL DEFAULT '',
    reason         text NOT NULL DEFAULT '',
    PRIMARY KEY (cycle_id, ordinal)
);

CREATE TABLE deliverable (
    id            bigint PRIMARY KEY,
    cycle_id      integer NOT NULL,
    stage         smallint NOT NULL,
    code          text NOT NULL,
    unit_id       integer NOT NULL,
    due_day       date NOT NULL,
    state         smallint NOT NULL,  -- 0 open, 1 submitted, 2 returned, 3 approved: moved by people
    announced     smallint NOT NULL,  -- the state that was last published: moved by people and by time
    next_day      date NOT NULL,      -- when time moves it next; infinity: never
    revision      integer NOT NULL,
    body          text NOT NULL,
    plan          text NOT NULL,
    submitted_by  text NOT NULL,
    submitted_at  timestamptz,
    late          boolean NOT NULL,
    returns       integer NOT NULL,
    reason        text NOT NULL,
    approved_by   text NOT NULL,
    approved_at   timestamptz,
    UNIQUE (cycle_id, code, unit_id)
);
CREATE INDEX deliverable_unit ON deliverable (unit_id);
CREATE INDEX deliverable_next ON deliverable (next_day) WHERE next_day < 'infinity';

-- What was done to it, never changed.
CREATE TABLE deliverable_move (
    deliverable_id  bigint NOT NULL,
    revision        integer NOT NULL,
    action          smallint NOT NULL,
    person          text NOT NULL,
    role            text NOT NULL,
    at              timestamptz NOT NULL,
    body            text NOT NULL,
    PRIMARY KEY (deliverable_id, revision)
);

-- Files of deliverables and guides. In the data base, in pieces: they come and go with the row that they belong to, in
-- one transaction and one backup, and a standby has them; the limit per owner keeps them small.
CREATE TABLE attachment (
    id          bigint PRIMARY KEY,
    owner_kind  smallint NOT NULL, -- 0 deliverable, 1 guide
    owner_id    bigint NOT NULL,
    name        text NOT NULL,
    size        bigint NOT NULL,
    hash        text NOT NULL,      -- "" until complete
    complete    boolean NOT NULL,
    replaced    boolean NOT NULL,   -- by a later file of the same name
    added_by    text NOT NULL,
    added_at    timestamptz NOT NULL
);
CREATE INDEX attachment_owner ON attachment (owner_kind, owner_id);
CREATE TABLE attachment_piece (
    attachment_id  bigint NOT NULL,
    at             bigint NOT NULL, -- offset of its first byte
    data           bytea NOT NULL,
    PRIMARY KEY (attachment_id, at)
);
ALTER TABLE attachment_piece ALTER COLUMN data SET STORAGE EXTERNAL; -- mostly compressed files

-- A version of a guide, as issued (Guide), and what each addressee did about it. Addressees are fixed when it is issued.
CREATE TABLE guide (
    id          bigint PRIMARY KEY,
    code        text NOT NULL,
    version     integer NOT NULL,
    kind        text NOT NULL,
    unit_id     integer NOT NULL,
    due_day     date NOT NULL,
    superseded  boolean NOT NULL,
    body        bytea NOT NULL,
    issued_by   text NOT NULL,
    issued_at   timestamptz NOT NULL,
    UNIQUE (code, version)
);
CREATE TABLE guide_unit (
    guide_id         bigint NOT NULL,
    unit_id          integer NOT NULL,
    acknowledged_by  text NOT NULL DEFAULT '',
    acknowledged_at  timestamptz,
    trained_by       text NOT NULL DEFAULT '',
    trained_at       timestamptz,
    supplied_by      text NOT NULL DEFAULT '',
    supplied_at      timestamptz,
    PRIMARY KEY (guide_id, unit_id)
);
CREATE INDEX guide_unit_waiting ON guide_unit (unit_id) WHERE acknowledged_at IS NULL;
