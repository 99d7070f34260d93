-- The target ledger. Cells hold what each version of a period's plan says; acts and their blocks say how it came about
-- and are never changed. Cells of a published version are its lines: nothing is copied when it is published.

-- Versions of a period's plan. At most one of a period is draft, submitted or approved.
CREATE TABLE plan_version (
    period_id     integer NOT NULL,
    version       integer NOT NULL,
    state         text NOT NULL CHECK (state IN ('draft', 'submitted', 'approved', 'published', 'superseded')),
    base          integer NOT NULL, -- published version that it began from; 0 none
    reason        text NOT NULL,
    lines         integer NOT NULL, -- counted when it is published
    opened_by     text NOT NULL,
    opened_at     timestamptz NOT NULL,
    submitted_by  text,
    submitted_at  timestamptz,
    approved_by   text,
    approved_at   timestamptz,
    published_by  text,
    published_at  timestamptz,
    PRIMARY KEY (period_id, version)
);

-- Every step of a version's way.
CREATE TABLE plan_move (
    period_id   integer NOT NULL,
    version     integer NOT NULL,
    no          integer NOT NULL,
    from_state  text NOT NULL,
    to_state    text NOT NULL,
    person      text NOT NULL,
    at          timestamptz NOT NULL,
    reason      text NOT NULL,
    PRIMARY KEY (period_id, version, no)
);

-- Who stands for which warning of the check.
CREATE TABLE plan_consent (
    period_id  integer NOT NULL,
    version    integer NOT NULL,
    code       text NOT NULL,
    person     text NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (period_id, version, code)
);

-- One key and no further index: a million of them are written at once. A slice (measure, channel, product) lies
-- together, in order of units, and is read as a whole.
CREATE TABLE target_cell (
    period_id   integer NOT NULL,
    version     integer NOT NULL,
    measure_id  integer NOT NULL,
    channel_id  integer NOT NULL, -- 0: all channels
    product_id  integer NOT NULL, -- 0: all products
    unit_id     integer NOT NULL,
    amount      bigint NOT NULL CHECK (amount >= 0),
    hedge       bigint NOT NULL, -- beside the amount, never in it
    revision    integer NOT NULL, -- counts the changes of the cell, over versions
    act         bigint NOT NULL,  -- that gave it its amount
    PRIMARY KEY (period_id, version, measure_id, channel_id, product_id, unit_id)
);

-- The slices of a published version once more, each as a row: comparing versions of a million cells reads these. A
-- published version never changes, so they can't differ from its cells.
CREATE TABLE plan_slice (
    period_id   integer NOT NULL,
    version     integer NOT NULL,
    measure_id  integer NOT NULL,
    channel_id  integer NOT NULL,
    product_id  integer NOT NULL,
    unit_id     bigint[] NOT NULL,
    amount      bigint[] NOT NULL,
    PRIMARY KEY (period_id, version, measure_id, channel_id, product_id)
);
ALTER TABLE plan_slice ALTER COLUMN unit_id SET STORAGE EXTERNAL, ALTER COLUMN amount SET STORAGE EXTERNAL;

-- What was done to a period's targets, in order; never changed.
CREATE TABLE ledger_act (
    period_id  integer NOT NULL,
    act        bigint NOT NULL,
    version    integer NOT NULL,
    kind       text NOT NULL,
    person     text NOT NULL,
    at         timestamptz NOT NULL,
    reason     text NOT NULL,
    spec       bytea NOT NULL, -- the request, packed
    PRIMARY KEY (period_id, act)
);

-- What an act added to the cells of a slice. The sums of a cell over all acts up to a version are its amount there.
CREATE TABLE ledger_block (
    period_id   integer NOT NULL,
    act         bigint NOT NULL,
    measure_id  integer NOT NULL,
    channel_id  integer NOT NULL,
    product_id  integer NOT NULL,
    part        smallint NOT NULL, -- 0: the cells meant; 1: those that followed
    no          smallint NOT NULL, -- a slice of many cells has several blocks
    unit_id     bigint[] NOT NULL,
    delta       bigint[] NOT NULL,
    detail      bytea, -- LedgerDetail of a decomposition, compressed, behind its length
    PRIMARY KEY (period_id, act, measure_id, channel_id, product_id, part, no)
);
-- Written in bulk, seldom read: compressing the numbers would cost more than the rest of the act.
ALTER TABLE ledger_block ALTER COLUMN unit_id SET STORAGE EXTERNAL, ALTER COLUMN delta SET STORAGE EXTERNAL,
    ALTER COLUMN detail SET STORAGE EXTERNAL;

CREATE TABLE weight_row (
    set_id      integer NOT NULL,
    unit_id     integer NOT NULL,
    channel_id  integer NOT NULL,
    product_id  integer NOT NULL,
    value       bigint NOT NULL CHECK (value >= 0), -- 10^-4
    PRIMARY KEY (set_id, unit_id, channel_id, product_id)
);

CREATE TABLE target_bound (
    period_id    integer NOT NULL,
    measure_id   integer NOT NULL,
    channel_id   integer NOT NULL,
    product_id   integer NOT NULL,
    unit_id      integer NOT NULL,
    locked       boolean NOT NULL,
    floor        bigint, -- as the measure's amounts
    ceiling      bigint,
    floor_ppm    integer,
    ceiling_ppm  integer,
    against      text NOT NULL, -- code of a weight set; '' none
    reason       text NOT NULL,
    person       text NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (period_id, measure_id, channel_id, product_id, unit_id)
);

-- What units handed in: beside the plan, never part of it.
CREATE TABLE unit_draft (
    period_id   integer NOT NULL,
    measure_id  integer NOT NULL,
    channel_id  integer NOT NULL,
    product_id  integer NOT NULL,
    unit_id     integer NOT NULL,
    amount      bigint NOT NULL,
    reason      text NOT NULL,
    person      text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (period_id, measure_id, channel_id, product_id, unit_id)
);

-- Where a unit stands with the targets of a version.
CREATE TABLE negotiation (
    period_id  integer NOT NULL,
    version    integer NOT NULL,
    unit_id    integer NOT NULL,
    state      text NOT NULL CHECK (state IN ('proposed', 'accepted', 'asked', 'recalled')),
    reminders  integer NOT NULL,
    since      timestamptz NOT NULL,
    asks       bytea NOT NULL, -- NegotiationStep, packed: what is asked for
    PRIMARY KEY (period_id, version, unit_id)
);
CREATE TABLE negotiation_step (
    period_id  integer NOT NULL,
    version    integer NOT NULL,
    unit_id    integer NOT NULL,
    no         integer NOT NULL,
    step       bytea NOT NULL, -- NegotiationStep, packed
    PRIMARY KEY (period_id, version, unit_id, no)
);

-- What was there before: published versions with their lines, and drafts that differ from the last of them.
INSERT INTO plan_version (period_id, version, state, base, reason, lines, opened_by, opened_at, published_by,
                          published_at)
SELECT period_id, version,
       CASE WHEN version = max(version) OVER (PARTITION BY period_id) THEN 'published' ELSE 'superseded' END,
       version - 1, reason, lines, published_by, published_at, published_by, published_at
FROM plan;
INSERT INTO target_cell (period_id, version, measure_id, channel_id, product_id, unit_id, amount, hedge, revision, act)
SELECT period_id, version, measure_id, channel_id, product_id, unit_id, amount, 0, 1, version FROM plan_line;
INSERT INTO plan_version (period_id, version, state, base, reason, lines, opened_by, opened_at)
SELECT d.period_id, coalesce(max(p.version), 0) + 1, 'draft', coalesce(max(p.version), 0), '', 0, '', now()
FROM (SELECT DISTINCT period_id FROM draft_target) d LEFT JOIN plan p ON p.period_id = d.period_id
WHERE EXISTS (SELECT unit_id, measure_id, channel_id, product_id, amount FROM draft_target x
              WHERE x.period_id = d.period_id
              EXCEPT SELECT unit_id, measure_id, channel_id, product_id, amount FROM plan_line l
              WHERE l.period_id = d.period_id
              AND l.version = (SELECT max(version) FROM plan m WHERE m.period_id = d.period_id))
GROUP BY d.period_id;
INSERT INTO target_cell (period_id, version, measure_id, channel_id, product_id, unit_id, amount, hedge, revision, act)
SELECT d.period_id, v.version, d.measure_id, d.channel_id, d.product_id, d.unit_id, d.amount, 0, 1, v.version
FROM draft_target d JOIN plan_version v ON v.period_id = d.period_id AND v.state = 'draft';
-- One act a version, with what it added to the version before: the law of the ledger holds in all of them.
INSERT INTO ledger_act (period_id, act, version, kind, person, at, reason, spec)
SELECT period_id, version, version, 'applied', opened_by, opened_at, reason, '' FROM plan_version;
INSERT INTO ledger_block (period_id, act, measure_id, channel_id, product_id, part, no, unit_id, delta)
SELECT period_id, version, measure_id, channel_id, product_id, 0, 0, array_agg(unit_id ORDER BY unit_id),
       array_agg(delta ORDER BY unit_id)
FROM (SELECT period_id, version, measure_id, channel_id, product_id, unit_id::bigint AS unit_id,
             coalesce(c.amount, 0) - coalesce(b.amount, 0) AS delta
      FROM (SELECT * FROM target_cell) c
      FULL JOIN (SELECT v.period_id, v.version, measure_id, channel_id, product_id, unit_id, amount
                 FROM plan_version v JOIN target_cell t ON t.period_id = v.period_id AND t.version = v.base) b
      USING (period_id, version, measure_id, channel_id, product_id, unit_id)
      JOIN plan_version v USING (period_id, version)) d
WHERE delta <> 0
GROUP BY period_id, version, measure_id, channel_id, product_id;

DROP TABLE draft_target;
DROP TABLE plan_line;
DROP TABLE plan;
