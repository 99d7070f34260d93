-- That rows which wait for closed units are to be read again, since one is closed later now or no more; asked_at: when
-- that was last heard. after_*: how far they are read.
CREATE TABLE reopening (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    asked_at    timestamptz NOT NULL,
    after_file  bigint NOT NULL,
    after_row   bigint NOT NULL
);
