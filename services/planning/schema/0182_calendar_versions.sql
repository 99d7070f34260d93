-- Every version of a calendar, as it was published. The newest is the document; version 0 is one from before versions
-- were counted.
CREATE TABLE calendar_version (
    code     text NOT NULL,
    version  integer NOT NULL,
    body     bytea NOT NULL,
    person   text NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (code, version)
);

-- Which version of its calendar a version of a period's plan is phased by: of every published one, and of a draft that
-- was moved to another than that of the version it began from.
CREATE TABLE plan_calendar (
    period_id         integer NOT NULL,
    version           integer NOT NULL,
    code              text NOT NULL,
    calendar_version  integer NOT NULL,
    PRIMARY KEY (period_id, version)
);
