-- Practice cards as they were issued: what is needed to show their effect. A version never changes.
CREATE TABLE practice_card (
    code     text NOT NULL,
    version  integer NOT NULL,
    body     bytea NOT NULL, -- packed GuideIssued
    PRIMARY KEY (code, version)
);
