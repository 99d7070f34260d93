-- Control of files, what became of every row and its money, files that should have come.

-- A file that waits for its companion has no content yet, so contents are unique among the others. amounts are sums of
-- the money column in stored units over rows where it can be read: what was read is what was stored (accepted and
-- superseded), known, waiting, filtered and written off. control_*: what companion or trailer say; NULL nothing.
-- totals: 0 not yet compared with the ledger of facts, 1 agrees, 2 differs, 3 from before amounts were kept.
-- response: 0 none is declared, 1 to be written, 2 written.
ALTER TABLE feed_file DROP CONSTRAINT feed_file_state_check;
ALTER TABLE feed_file DROP CONSTRAINT feed_file_check;
ALTER TABLE feed_file
    ADD COLUMN filtered            bigint NOT NULL DEFAULT 0,
    ADD COLUMN written_off         bigint NOT NULL DEFAULT 0,
    ADD COLUMN read_amount         bigint NOT NULL DEFAULT 0,
    ADD COLUMN stored_amount       bigint NOT NULL DEFAULT 0,
    ADD COLUMN duplicate_amount    bigint NOT NULL DEFAULT 0,
    ADD COLUMN suspended_amount    bigint NOT NULL DEFAULT 0,
    ADD COLUMN filtered_amount     bigint NOT NULL DEFAULT 0,
    ADD COLUMN written_off_amount  bigint NOT NULL DEFAULT 0,
    ADD COLUMN stored_rows         bigint NOT NULL DEFAULT 0,
    ADD COLUMN control_rows        bigint,
    ADD COLUMN control_amount      bigint,
    ADD COLUMN file_day            date,
    ADD COLUMN sequence_no         bigint,
    ADD COLUMN companion           text NOT NULL DEFAULT '',
    ADD COLUMN released            boolean NOT NULL DEFAULT false,
    ADD COLUMN from_row            bigint NOT NULL DEFAULT 1,
    ADD COLUMN note                text NOT NULL DEFAULT '',
    ADD COLUMN totals              smallint NOT NULL DEFAULT 3,
    ADD COLUMN response            smallint NOT NULL DEFAULT 0,
    ADD CONSTRAINT feed_file_states CHECK (state IN ('seen', 'waiting', 'verified', 'loading', 'loaded', 'partial',
        'refused', 'duplicate', 'superseded', 'written_off')),
    ADD CONSTRAINT feed_file_rows CHECK (rows_read = accepted + duplicate + superseded + suspended + filtered
        + written_off),
    ADD CONSTRAINT feed_file_amounts CHECK (read_amount = stored_amount + duplicate_amount + suspended_amount
        + filtered_amount + written_off_amount);
ALTER TABLE feed_file ALTER COLUMN totals SET DEFAULT 0;
DROP INDEX feed_file_content;
CREATE UNIQUE INDEX feed_file_content ON feed_file (feed_id, sha256) WHERE state NOT IN ('duplicate', 'waiting');
CREATE INDEX feed_file_number ON feed_file (feed_id, file_day, sequence_no) WHERE sequence_no IS NOT NULL;
CREATE INDEX feed_file_open ON feed_file (id) WHERE totals = 0 OR response = 1;

-- A row that was given up: released is true as well, so that it counts as no longer waiting.
ALTER TABLE reject
    ADD COLUMN amount       bigint NOT NULL DEFAULT 0,
    ADD COLUMN written_off  text NOT NULL DEFAULT '',
    ADD COLUMN settled_by   text NOT NULL DEFAULT '';

-- Files that should have come: a number left out of a feed's sequence, or a day of its calendar. file_day is
-- 1900-01-01 where numbers don't begin anew each day; number is 0 for a day.
CREATE TABLE feed_missing (
    feed_id   integer NOT NULL REFERENCES feed (id),
    what      text NOT NULL CHECK (what IN ('sequence', 'day')),
    file_day  date NOT NULL,
    number    bigint NOT NULL,
    since     timestamptz NOT NULL,
    told_at   timestamptz,
    PRIMARY KEY (feed_id, what, file_day, number)
);

-- Facts of a file, for totals: files arrive one after another, so a few pages tell where the rows of one are.
CREATE INDEX order_line_file ON order_line USING brin (file_id) WITH (pages_per_range = 16);
