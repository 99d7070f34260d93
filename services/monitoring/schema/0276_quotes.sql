-- Quotes as last heard of, for the rules about several sellers quoting one customer and undercutting each other. Those that
-- were withdrawn aren't kept, those of more than 400 days ago are forgotten.
CREATE TABLE quote (
    sender       text NOT NULL,
    record_key   text NOT NULL,
    unit_id      integer NOT NULL,
    seller_id    integer NOT NULL, -- 0: the unit itself
    product_id   integer NOT NULL,
    customer     text NOT NULL,
    amount       bigint NOT NULL,
    quantity     bigint NOT NULL,
    occurred_us  bigint NOT NULL,  -- microseconds UTC
    day          date NOT NULL,
    file         text NOT NULL,    -- and row: where the record stands
    row          bigint NOT NULL,
    PRIMARY KEY (sender, record_key)
);
CREATE INDEX quote_customer ON quote (customer, day) WHERE customer <> '';

-- What happened in the words of both languages.
ALTER TABLE happening ADD COLUMN detail_zh text NOT NULL DEFAULT '';
