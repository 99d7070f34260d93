-- What is known of each feed and of its parts (unit_id 0: the whole feed). The last word of (feed, unit) holds.
CREATE TABLE feed_part (
    feed_id    integer NOT NULL,
    unit_id    integer NOT NULL,
    feed       text NOT NULL,
    sender     text NOT NULL,     -- under which its facts are announced
    fact       text NOT NULL,     -- kind of fact that it brings
    condition  smallint NOT NULL, -- FeedConditionKind
    told       boolean NOT NULL,  -- by a condition of its own, not by its mark alone
    since      timestamptz NOT NULL,
    through    timestamptz NOT NULL,
    volume     bigint NOT NULL,
    expected   bigint NOT NULL,
    PRIMARY KEY (feed_id, unit_id)
);

-- Whose facts came from which sender: records so far, written when they have doubled.
CREATE TABLE sender_unit (
    sender   text NOT NULL,
    unit_id  integer NOT NULL,
    records  bigint NOT NULL,
    PRIMARY KEY (sender, unit_id)
);

-- Open opportunities as last heard of, for the rules about those without movement and about two sellers at one customer.
CREATE TABLE opportunity (
    sender      text NOT NULL,
    key         text NOT NULL,
    unit_id     integer NOT NULL,
    seller_id   integer NOT NULL,
    product_id  integer NOT NULL,
    customer    text NOT NULL,
    amount      bigint NOT NULL,
    moved_day   date NOT NULL,
    PRIMARY KEY (sender, key)
);
CREATE INDEX opportunity_customer ON opportunity (customer) WHERE customer <> '';

-- What has happened and isn't over: duties overdue, files missing ... until: the day on which it is forgotten, where
-- nothing says that it is over.
CREATE TABLE happening (
    kind     text NOT NULL, -- of the rules that watch it
    subject  text NOT NULL,
    unit_id  integer NOT NULL,
    since    date NOT NULL,
    until    date,
    detail   text NOT NULL,
    PRIMARY KEY (kind, subject, unit_id)
);
