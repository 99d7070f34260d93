-- Roles that people hold at units, one row each, made anew from the person's document whenever that changes: the
-- question "does this person hold that role there today" is asked by every approval. until_day is exclusive and never
-- behind the day on which the person leaves.
CREATE TABLE person_role (
    person     text NOT NULL,
    role       text NOT NULL,
    unit_id    integer NOT NULL,
    from_day   date NOT NULL,
    until_day  date NOT NULL, -- infinity: open
    PRIMARY KEY (person, role, unit_id, from_day)
);
CREATE INDEX person_role_unit ON person_role (unit_id, role);

-- Moves, mergers, closures and hand-overs, in order; never changed. body: the packed Reorganisation.
CREATE TABLE reorganisation (
    id      integer PRIMARY KEY,
    kind    text NOT NULL,
    unit    text NOT NULL, -- code, "" none
    other   text NOT NULL,
    person  text NOT NULL,
    body    bytea NOT NULL
);
