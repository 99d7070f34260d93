-- What is credited by customer, by registration, and by what comes in for it.

-- What a recorded row says of itself; null where it says nothing, which costs nothing. Entries that wait for what comes in
-- say it too, so that they are found by their index alone.
ALTER TABLE credit
    ADD COLUMN customer text COLLATE "C",
    ADD COLUMN amount   bigint,
    ADD COLUMN quantity bigint,
    ADD COLUMN receipt  text COLLATE "C"; -- of an entry: the receipt that released it, 'sender|key'; else null

-- Bills, payments and activations that name another record, as the streams say them: each row counts with its sign.
CREATE TABLE receipt_row (
    bucket      smallint NOT NULL,
    source_seq  bigint NOT NULL,
    source_row  smallint NOT NULL,
    kind        smallint NOT NULL,       -- of fact: 10 bill, 12 payment ... (common/refdata/fact_kinds.h)
    sender      text COLLATE "C" NOT NULL,
    record_key  text COLLATE "C" NOT NULL,
    of_sender   text COLLATE "C" NOT NULL,
    of_key      text COLLATE "C" NOT NULL,
    day         date NOT NULL,
    undoes      boolean NOT NULL,
    amount      bigint NOT NULL,         -- with its sign; of activations the quantity
    PRIMARY KEY (bucket, source_seq, source_row)
);
CREATE INDEX receipt_row_of ON receipt_row (of_key, of_sender);
CREATE INDEX receipt_row_bill ON receipt_row (record_key, sender) WHERE kind = 10;

-- Records whose receipts or contributions moved: to be joined. The same may stand here several times.
CREATE TABLE credit_due (
    bucket      smallint NOT NULL,
    sender      text COLLATE "C" NOT NULL,
    record_key  text COLLATE "C" NOT NULL
);
CREATE INDEX credit_due_record ON credit_due (sender, record_key);

-- Registered deals as the streams say them. They count once `effective`: then credits of their days are worked out anew.
CREATE TABLE registration_row (
    bucket      smallint NOT NULL,
    source_seq  bigint NOT NULL,
    source_row  smallint NOT NULL,
    sender      text COLLATE "C" NOT NULL,
    record_key  text COLLATE "C" NOT NULL,
    customer    text COLLATE "C" NOT NULL,
    product_id  integer NOT NULL,        -- 0 all
    unit_id     integer NOT NULL,
    day         date NOT NULL,
    occurred_at timestamptz NOT NULL,
    undoes      boolean NOT NULL,
    days        integer NOT NULL,        -- 0 as the rule says
    effective   boolean NOT NULL,
    PRIMARY KEY (bucket, source_seq, source_row)
);
CREATE INDEX registration_row_new ON registration_row (day) WHERE NOT effective;

-- Who holds a customer from a day on; holder '' nobody.
CREATE TABLE customer_holding (
    customer    text COLLATE "C" NOT NULL,
    from_day    date NOT NULL,           -- '-infinity' since ever
    until_day   date NOT NULL,           -- 'infinity' until the next
    holder      text COLLATE "C" NOT NULL,
    PRIMARY KEY (customer, from_day)
);
CREATE INDEX customer_holding_holder ON customer_holding (holder);
