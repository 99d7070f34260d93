-- Who took over from whom, from which day on; applied: what they had to do has gone over.
CREATE TABLE hand_over (
    person     text NOT NULL,
    from_day   date NOT NULL,
    successor  text NOT NULL,
    applied    boolean NOT NULL,
    PRIMARY KEY (person, from_day)
);
