-- How receivers are told: what each was last told of each alert, messages in words (each channel makes its own bytes of
-- them), and how fast each receiver may be sent to.

-- The ledger, written in the transaction that writes the outbox. Whoever was told that it fired is told that it's over.
CREATE TABLE told (
    alert_id    text NOT NULL,
    receiver    text NOT NULL,
    event       text NOT NULL,         -- what was last decided to be told
    open        boolean NOT NULL,      -- told that it fired, and not yet that it is over
    severity    smallint NOT NULL,     -- as it was told
    gap_bp      integer NOT NULL,
    hit_ppm     integer NOT NULL,
    told_at     timestamptz NOT NULL,  -- business time
    thread      text NOT NULL,         -- delivery that told it first
    reached     text NOT NULL,         -- event that the receiver took last; '' none
    reached_at  timestamptz,           -- real time
    queued_at   timestamptz NOT NULL,  -- real time of the last telling
    PRIMARY KEY (alert_id, receiver)
);
CREATE INDEX told_open ON told (receiver) WHERE open;
CREATE INDEX told_news ON told (receiver, queued_at);

INSERT INTO told SELECT DISTINCT ON (alert_id, receiver) alert_id, receiver, event, event = 'fired', 0, 0, 0,
    created_at, id, CASE state WHEN 'sent' THEN event ELSE '' END, sent_at, now() FROM delivery
    ORDER BY alert_id, receiver, created_at DESC, event DESC;

-- queued_at: real time of writing, different for each row of the outbox, so that it gives their order. notice: the
-- body is a packed Notice; else bytes to be sent as they are.
ALTER TABLE delivery ADD COLUMN queued_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE delivery ADD COLUMN notice boolean NOT NULL DEFAULT false;
ALTER TABLE delivery ADD COLUMN channel text NOT NULL DEFAULT 'webhook';
ALTER TABLE delivery ADD COLUMN title text NOT NULL DEFAULT '';
-- part: of a message that takes several, how many the receiver has.
ALTER TABLE delivery ADD COLUMN part smallint NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN merged_into text NOT NULL DEFAULT '';
DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (receiver, queued_at) WHERE state = 'waiting';
CREATE INDEX delivery_dead ON delivery (receiver) WHERE state = 'dead';

-- What is left of a receiver's rate, and until when it asked to be left alone; real time.
CREATE TABLE delivery_lane (
    receiver       text PRIMARY KEY,
    tokens_milli   bigint NOT NULL,
    filled_at      timestamptz NOT NULL,
    blocked_until  timestamptz NOT NULL
);
