-- Reports from the field: duties, drafts and what was submitted.

-- One row for each report. Of a recurring template the row is there from its period's first day on, as a duty.
CREATE TABLE report (
    id               text COLLATE "C" PRIMARY KEY,
    template         text COLLATE "C" NOT NULL,
    theme            text NOT NULL,
    unit_id          integer NOT NULL,
    city_id          integer NOT NULL,  -- above the unit, 0 none
    period           text NOT NULL,     -- '' free
    from_day         date NOT NULL,     -- the period's first day; free: when it was begun
    owed_day         date,              -- due when the duty was made; null free
    due_day          date,              -- the same, or later after a return
    soon_day         date,              -- told from then on that it is due soon; null not
    told             smallint NOT NULL, -- for due_day: 0 nothing, 1 that it is due soon, 2 that it is overdue
    state            smallint NOT NULL, -- 0 owed, 1 draft, 2 submitted, 3 returned
    author           text NOT NULL,
    revision         integer NOT NULL,
    submitted_at     timestamptz,       -- of the submission that stands
    submitted_day    date,
    submissions      integer NOT NULL,  -- so far
    returned_because text NOT NULL,
    rated            boolean NOT NULL,
    rating           smallint NOT NULL,
    ratings          integer NOT NULL,  -- so far
    rating_reason    text NOT NULL,
    rated_by         text NOT NULL,
    filled           smallint NOT NULL,
    fields           smallint NOT NULL,
    body             bytea NOT NULL     -- a Report message with its values
);
CREATE INDEX report_unit ON report (unit_id, template, from_day);
CREATE INDEX report_untold ON report (due_day) WHERE state <> 2 AND told < 2;
CREATE INDEX report_from ON report (from_day);

-- What submitted reports say, for summaries. Gone when a report is returned.
CREATE TABLE report_value (
    report_id  text COLLATE "C" NOT NULL,
    field      text NOT NULL,
    kind       smallint NOT NULL, -- 0 text, 1 whole number, 2 choice, 3 money
    word       text NOT NULL,     -- as it was told
    number     bigint NOT NULL,   -- of numbers and money
    PRIMARY KEY (report_id, field)
);

-- What happened to a report.
CREATE TABLE report_step (
    report_id  text COLLATE "C" NOT NULL,
    revision   integer NOT NULL,
    body       bytea NOT NULL, -- a ReportStep message
    PRIMARY KEY (report_id, revision)
);

-- How far the duties of a template are made: the first day of the last period.
CREATE TABLE report_round (
    template  text COLLATE "C" PRIMARY KEY,
    last_day  date NOT NULL
);
