-- Tasks that other services own, as their events say them, and reminders.

-- Corrective actions of monitoring and opportunities of feedback. owner: a person, or '' whoever holds a role at the unit.
CREATE TABLE outside_task (
    kind     text NOT NULL, -- action, opportunity
    id       text NOT NULL,
    owner    text NOT NULL,
    unit_id  integer NOT NULL,
    title    text NOT NULL,
    state    text NOT NULL,
    due_day  date NOT NULL,
    open     boolean NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX outside_task_owner ON outside_task (owner) WHERE open;
CREATE INDEX outside_task_unit ON outside_task (unit_id) WHERE open;
CREATE INDEX outside_task_due ON outside_task (due_day) WHERE open;

-- What was reminded of: by time once for each due day and stage (no 0), by hand as often as somebody did.
CREATE TABLE task_reminder (
    kind     text NOT NULL,
    id       text NOT NULL,
    person   text NOT NULL,
    due_day  date NOT NULL, -- infinity: none
    stage    text NOT NULL CHECK (stage IN ('due_soon', 'overdue', 'by_hand')),
    no       integer NOT NULL,
    by       text NOT NULL,
    at       timestamptz NOT NULL,
    note     text NOT NULL,
    PRIMARY KEY (kind, id, person, due_day, stage, no)
);

-- Who took over from whom, from which day on.
CREATE TABLE person_heir (
    person     text NOT NULL,
    from_day   date NOT NULL,
    successor  text NOT NULL,
    PRIMARY KEY (person, from_day)
);

-- Worked out from facts; one that was typed in goes before it.
ALTER TABLE weight_row ADD COLUMN learned boolean NOT NULL DEFAULT false;
