-- State made again from the streams: how far the acts of the own stream have been taken. One row once it has begun.
CREATE TABLE rebuild (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    next  bigint NOT NULL,   -- in the own stream of bucket 0: the next that may be an act to be taken
    last  bigint NOT NULL    -- its head when it was begun; behind it all is done
);
