-- Rules of crediting: their versions, the entries that they make, the runs that worked entries out anew.

-- Entries stand among the credits, where everything that adds up credits finds them. A row without `entry` is what was
-- recorded, at the unit that sold. Entries of its contributions follow, one row each, numbered from 1 within the row
-- that they belong to (bucket, source_seq, source_row); nothing is ever changed or deleted, an entry that no longer
-- holds is taken back by another. All that is new is null in a recorded row, which costs it nothing.
ALTER TABLE credit
    ADD COLUMN entry        smallint,   -- 1 given, 2 share, 3 overlay, 4 elimination, 5 excluded
    ADD COLUMN entry_no     integer,
    ADD COLUMN rule_id      integer,
    ADD COLUMN rule_version integer,
    ADD COLUMN reason       text COLLATE "C", -- of excluded; no_receiver of a share that stayed; else ''
    ADD COLUMN run          integer;    -- crediting_run that booked it, 0 when the fact came
-- A late reversal takes back what its record was credited; only entries are in here.
CREATE INDEX credit_entry_record ON credit (record_key, sender, version) WHERE entry IS NOT NULL;

-- All versions of all rules, as they were applied; body is the packed CreditingRule.
CREATE TABLE crediting_version (
    rule_id     integer NOT NULL,
    version     integer NOT NULL,
    from_day    date,                   -- null: the first day of all
    body        bytea NOT NULL,
    applied_at  timestamptz NOT NULL,
    applied_by  text NOT NULL,
    PRIMARY KEY (rule_id, version)
);

-- Credits worked out anew, day after day, each step a transaction of its own: `next_day` is where it goes on.
CREATE TABLE crediting_run (
    id         integer PRIMARY KEY,
    at         timestamptz NOT NULL,
    by_whom    text NOT NULL,
    cause      text NOT NULL,
    from_day   date NOT NULL,
    next_day   date NOT NULL,
    until_day  date NOT NULL,
    looked     bigint NOT NULL,
    changed    bigint NOT NULL,
    entries    bigint NOT NULL,
    kept       bigint NOT NULL,
    done       boolean NOT NULL
);
