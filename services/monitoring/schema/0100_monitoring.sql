-- Monitoring's own tables. Rules and receivers are documents; units, periods and targets the reader's copy (0002).

-- Sums of contributions, appended: one row per cell and transaction, so that intake costs one index-free COPY. The sum of
-- a cell is the sum of its rows. BRIN on the day serves slices; the totals live in memory and are read whole at start.
CREATE TABLE progress (
    bucket      smallint NOT NULL,
    day         date NOT NULL,
    unit_id     integer NOT NULL,
    channel_id  integer NOT NULL,
    product_id  integer NOT NULL,
    measures    smallint[] NOT NULL,
    sums        bigint[] NOT NULL
);
CREATE INDEX progress_day ON progress USING brin (day) WITH (pages_per_range = 32);

-- What each feed says it is complete up to. `seqs`: feedback's streams when it said so; the mark counts once they are read.
CREATE TABLE feed_mark (
    feed_id  integer PRIMARY KEY,
    feed     text NOT NULL,
    through  timestamptz NOT NULL,
    silent   boolean NOT NULL,
    seqs     bigint[] NOT NULL
);

-- Last business day judged, per period.
CREATE TABLE judged (
    period_id  integer PRIMARY KEY,
    day        date NOT NULL
);

CREATE TABLE alert (
    id        text PRIMARY KEY,
    state     text NOT NULL,
    rule_id   integer NOT NULL,
    unit_id   integer NOT NULL,
    fired     timestamptz,
    body      bytea NOT NULL -- packed Alert
);
CREATE INDEX alert_open ON alert (state) WHERE state IN ('pending', 'firing', 'taken', 'acting');

-- Every change of state with its inputs; never changed.
CREATE TABLE alert_transition (
    alert_id  text NOT NULL,
    number    integer NOT NULL,
    body      bytea NOT NULL, -- packed AlertTransition
    PRIMARY KEY (alert_id, number)
);

CREATE TABLE action (
    id          text PRIMARY KEY,
    alert_id    text NOT NULL,
    state       text NOT NULL,
    rule_id     integer NOT NULL,
    unit_id     integer NOT NULL,
    measure_id  integer NOT NULL,
    period_id   integer NOT NULL,
    due         date NOT NULL,
    baseline_pace_ppm bigint NOT NULL, -- EV / PV when it was opened: the counterfactual goes on at this pace
    body        bytea NOT NULL -- packed Action
);

-- Notices on their way. The id is the idempotency key; it derives from alert, transition and receiver.
CREATE TABLE delivery (
    id          text PRIMARY KEY,
    receiver    text NOT NULL,
    alert_id    text NOT NULL,
    event       text NOT NULL,
    state       text NOT NULL,
    attempts    integer NOT NULL,
    next_at     timestamptz NOT NULL,
    last_error  text NOT NULL,
    created_at  timestamptz NOT NULL,
    sent_at     timestamptz,
    body        bytea NOT NULL
);
CREATE INDEX delivery_waiting ON delivery (next_at) WHERE state = 'waiting';
CREATE INDEX delivery_alert ON delivery (alert_id);
