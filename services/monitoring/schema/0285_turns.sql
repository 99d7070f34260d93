-- What became of feeds, duties and opportunities, turn by turn, so that rules about them can be tried over the past. `at`:
-- business time of what said so; the last turn of a thing up to a moment is how it stood then, and of one moment the last one
-- said. Rules over quotes are
-- tried over the quotes themselves.

CREATE TABLE feed_turn (
    at         timestamptz NOT NULL,
    feed_id    integer NOT NULL,
    unit_id    integer NOT NULL,     -- 0: the whole feed
    feed       text NOT NULL,
    condition  smallint NOT NULL,    -- FeedConditionKind; 0: it has no such part any more
    through    timestamptz NOT NULL, -- as it was when the condition began
    volume     bigint NOT NULL,
    expected   bigint NOT NULL,
    PRIMARY KEY (feed_id, unit_id, at)
);
CREATE INDEX feed_turn_at ON feed_turn (at);

CREATE TABLE happening_turn (
    at         timestamptz NOT NULL,
    kind       text NOT NULL,
    subject    text NOT NULL,
    unit_id    integer NOT NULL,
    begins     boolean NOT NULL, -- false: it is over
    since      date NOT NULL,
    detail     text NOT NULL,
    detail_zh  text NOT NULL,
    PRIMARY KEY (kind, subject, unit_id, at)
);
CREATE INDEX happening_turn_at ON happening_turn (kind, at);

CREATE TABLE opportunity_turn (
    at         timestamptz NOT NULL,
    sender     text NOT NULL,
    key        text NOT NULL,
    open       boolean NOT NULL,
    unit_id    integer NOT NULL,
    seller_id  integer NOT NULL,
    customer   text NOT NULL,
    moved_day  date NOT NULL,
    PRIMARY KEY (sender, key, at)
);
CREATE INDEX opportunity_turn_at ON opportunity_turn (at);

-- Since when turns are kept; what stood then is there as of the year 1970.
CREATE TABLE turns_since (at timestamptz NOT NULL);

INSERT INTO feed_turn (at, feed_id, unit_id, feed, condition, through, volume, expected)
    SELECT 'epoch', feed_id, unit_id, feed, condition, through, volume, expected FROM feed_part;
INSERT INTO happening_turn (at, kind, subject, unit_id, begins, since, detail, detail_zh)
    SELECT 'epoch', kind, subject, unit_id, true, since, detail, detail_zh FROM happening;
INSERT INTO opportunity_turn (at, sender, key, open, unit_id, seller_id, customer, moved_day)
    SELECT 'epoch', sender, key, true, unit_id, seller_id, customer, moved_day FROM opportunity;
