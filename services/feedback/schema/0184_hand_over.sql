-- Who holds what: hand-overs by sales persons' units, and opportunities as their records say them now.

-- What names from_unit counts for to_unit from the day on. applied: open opportunities have gone over.
CREATE TABLE hand_over (
    no         integer PRIMARY KEY, -- planning's order
    from_unit  integer NOT NULL,
    to_unit    integer NOT NULL,
    from_day   date NOT NULL,
    applied    boolean NOT NULL
);

-- One row for each opportunity; its facts are the truth, this is what they come to. seller_id: who holds it.
-- announced: the row was published as it is.
CREATE TABLE opportunity (
    bucket      smallint NOT NULL,
    sender      smallint NOT NULL,
    record_key  text COLLATE "C" NOT NULL,
    unit_id     integer NOT NULL,
    seller_id   integer NOT NULL,
    product_id  integer NOT NULL,
    customer    text NOT NULL,
    state       smallint NOT NULL,
    amount      bigint NOT NULL,
    moved_day   date NOT NULL,
    open        boolean NOT NULL,
    announced   boolean NOT NULL,
    PRIMARY KEY (bucket, sender, record_key)
);
CREATE INDEX opportunity_seller ON opportunity (seller_id) WHERE open;
CREATE INDEX opportunity_unannounced ON opportunity (bucket) WHERE NOT announced;

-- Those that are there: the highest version, without a cancel beside it. Numbers of senders tell the kind (17: opportunities).
INSERT INTO opportunity (bucket, sender, record_key, unit_id, seller_id, product_id, customer, state, amount, moved_day,
                         open, announced)
SELECT DISTINCT ON (bucket, sender, record_key) bucket, sender, record_key, site_id, seller_id, product_id, customer,
       state, amount, day, state <= 4, false
FROM order_line o
WHERE sender / 1000 = 17 AND operation = 0
  AND NOT EXISTS (SELECT 1 FROM order_line c WHERE c.bucket = o.bucket AND c.sender = o.sender
                  AND c.record_key = o.record_key AND c.operation = 1)
ORDER BY bucket, sender, record_key, version DESC;
