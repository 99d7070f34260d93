-- Who is told of alerts and when, and what people do about them.

-- Who holds which role at which unit, as planning published it. until is exclusive.
CREATE TABLE person_role (
    person      text NOT NULL,
    name        text NOT NULL,
    role        text NOT NULL,
    unit        text NOT NULL, -- code
    from_day    date NOT NULL,
    until_day   date NOT NULL,
    PRIMARY KEY (person, role, unit, from_day)
);
CREATE INDEX person_role_unit ON person_role (unit, role);

CREATE TABLE silence (
    id        text PRIMARY KEY,
    unit_id   integer NOT NULL,
    measure   text NOT NULL, -- '' any
    rule      text NOT NULL, -- '' any
    author    text NOT NULL,
    reason    text NOT NULL,
    begins    timestamptz NOT NULL,
    ends      timestamptz NOT NULL,
    ended_at  timestamptz,   -- before its time
    ended_by  text NOT NULL
);

-- What waits to be told: quiet hours, or one message a day. What is still true then is told; the rest never was.
CREATE TABLE held (
    alert_id  text NOT NULL,
    receiver  text NOT NULL,
    reason    text NOT NULL, -- quiet, one_a_day
    since     timestamptz NOT NULL,
    PRIMARY KEY (alert_id, receiver)
);
CREATE INDEX held_receiver ON held (receiver);

-- That a receiver who is told once a day had its message of the measure.
CREATE TABLE daily_message (
    receiver    text NOT NULL,
    measure_id  integer NOT NULL,
    day         date NOT NULL,
    PRIMARY KEY (receiver, measure_id, day)
);

-- The last day whose digest went out, by route.
CREATE TABLE digest (
    route  text PRIMARY KEY,
    day    date NOT NULL
);

-- What became of a corrective action, step by step; never changed.
CREATE TABLE action_turn (
    action_id  text NOT NULL,
    number     integer NOT NULL,
    body       bytea NOT NULL, -- packed ActionTurn
    PRIMARY KEY (action_id, number)
);
CREATE INDEX action_of ON action (rule_id, unit_id, measure_id);

-- Counts of what became of actions, for scoring: of a unit in the period of the alert.
CREATE TABLE action_figures (
    unit_id       integer NOT NULL,
    period_id     integer NOT NULL,
    opened        integer NOT NULL,
    done_on_time  integer NOT NULL,
    verified      integer NOT NULL,
    failed        integer NOT NULL,
    overdue       integer NOT NULL,
    reopened      integer NOT NULL,
    PRIMARY KEY (unit_id, period_id)
);
