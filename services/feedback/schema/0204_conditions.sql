-- How feeds and their cities stand, what they bring by day, and how old their marks get.

-- unit_id 0: the feed as a whole, whose through and spoke_at stand in feed. condition: FeedConditionKind, 0 not told yet.
-- last_event: the latest event of a city's rows that is recorded, which becomes its mark at the end of the file. What was
-- told last: day, class, volume, expected, usual_age. missing: a file that should have come is told as missing. dirty:
-- volumes of the judged day changed since.
CREATE TABLE feed_part (
    feed_id     integer NOT NULL REFERENCES feed (id),
    unit_id     integer NOT NULL,
    through     timestamptz,
    spoke_at    timestamptz NOT NULL,
    last_event  timestamptz,
    condition   smallint NOT NULL DEFAULT 0,
    since       timestamptz NOT NULL,
    day         date,
    day_class   text NOT NULL DEFAULT '',
    volume      bigint NOT NULL DEFAULT 0,
    expected    bigint NOT NULL DEFAULT 0,
    usual_age   bigint NOT NULL DEFAULT 0,
    missing     boolean NOT NULL DEFAULT false,
    dirty       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (feed_id, unit_id)
) WITH (fillfactor = 70);
INSERT INTO feed_part (feed_id, unit_id, spoke_at, since, condition)
    SELECT id, 0, spoke_at, spoke_at, 0 FROM feed;

-- Records by the business day of their first row: corrections and repetitions of a record don't raise it.
CREATE TABLE feed_volume (
    feed_id   integer NOT NULL REFERENCES feed (id),
    unit_id   integer NOT NULL,
    day       date NOT NULL,
    records   bigint NOT NULL,
    PRIMARY KEY (feed_id, unit_id, day)
) WITH (fillfactor = 50);

-- The largest age, in microseconds, that a mark had on a business day when it moved on.
CREATE TABLE feed_age (
    feed_id   integer NOT NULL REFERENCES feed (id),
    unit_id   integer NOT NULL,
    day       date NOT NULL,
    age       bigint NOT NULL,
    PRIMARY KEY (feed_id, unit_id, day)
);

-- Days that planning's calendars call otherwise than working day or weekend.
CREATE TABLE ref_day (
    calendar  text COLLATE "C" NOT NULL,
    day       date NOT NULL,
    class     text NOT NULL,
    PRIMARY KEY (day, calendar)
);

-- Whose file it is, where files are a city's: the city's unit, else 0.
ALTER TABLE feed_file ADD COLUMN city integer NOT NULL DEFAULT 0;
ALTER TABLE feed_missing ADD COLUMN city integer NOT NULL DEFAULT 0;
ALTER TABLE feed_missing DROP CONSTRAINT feed_missing_pkey;
ALTER TABLE feed_missing ADD PRIMARY KEY (feed_id, city, what, file_day, number);
