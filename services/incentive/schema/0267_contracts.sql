-- Internal contracts: orders between units and their steps. An order's row is its state, its steps are kept beside it and
-- never change. Reference tables: some thousands a year, asked for by unit.
CREATE TABLE internal_order (
    order_id        bigint PRIMARY KEY,
    title           text NOT NULL,
    buyer_id        integer NOT NULL,
    seller_id       integer NOT NULL,
    arbiter_id      integer NOT NULL,
    quality         text NOT NULL,
    amount          bigint NOT NULL,   -- units of 10^-scale of money, as all amounts here
    damages         bigint NOT NULL,
    due             date NOT NULL,
    claim_days      integer NOT NULL,
    answer_days     integer NOT NULL,
    pay_plan        text NOT NULL,     -- "" none
    state           text NOT NULL,
    since           date NOT NULL,
    delivered       date,
    claim_kind      text NOT NULL,     -- payment, damages, "" none; as the next two
    claim_amount    bigint NOT NULL,
    claim_by        text NOT NULL,
    counter_kind    text NOT NULL,
    counter_amount  bigint NOT NULL,
    counter_by      text NOT NULL,
    settled_kind    text NOT NULL,
    settled_from    integer NOT NULL,
    settled_to      integer NOT NULL,
    settled_amount  bigint NOT NULL,
    settled_on      date
);
CREATE INDEX internal_order_buyer ON internal_order (buyer_id, order_id);
CREATE INDEX internal_order_seller ON internal_order (seller_id, order_id);
CREATE INDEX internal_order_arbiter ON internal_order (arbiter_id, order_id);
CREATE INDEX internal_order_settled ON internal_order (settled_on) WHERE settled_on IS NOT NULL;
CREATE INDEX internal_order_running ON internal_order (state, order_id)
    WHERE state IN ('offered', 'agreed', 'delivered', 'claimed', 'countered');

CREATE TABLE internal_order_step (
    order_id  bigint NOT NULL,
    step_no   integer NOT NULL,
    step      text NOT NULL,
    state     text NOT NULL,           -- that it led to
    at        timestamptz NOT NULL,
    step_by   text NOT NULL,           -- "" the clock
    kind      text NOT NULL,
    amount    bigint NOT NULL,
    words     text NOT NULL,
    evidence  text NOT NULL,
    PRIMARY KEY (order_id, step_no)
);
