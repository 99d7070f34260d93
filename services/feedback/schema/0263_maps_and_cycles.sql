-- Code maps that all feeds of a sender share. body: the packed SenderCodeMap.
CREATE TABLE code_map (
    sender  text COLLATE "C" NOT NULL,
    name    text COLLATE "C" NOT NULL,
    body    bytea NOT NULL,
    PRIMARY KEY (sender, name)
);

-- Cycles that planning opened, for reports that are owed once in each. from_day: the first day of the cycle's period.
CREATE TABLE ref_cycle (
    code        text COLLATE "C" PRIMARY KEY,
    template    text COLLATE "C" NOT NULL,
    from_day    date NOT NULL,
    opened_day  date NOT NULL
);
-- For which cycles the duties of a report template are made.
CREATE TABLE report_cycle (
    template  text COLLATE "C" NOT NULL,
    cycle     text COLLATE "C" NOT NULL,
    PRIMARY KEY (template, cycle)
);
