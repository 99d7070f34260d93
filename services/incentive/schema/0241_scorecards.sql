-- All versions of all scorecards as they were applied; body is the packed Scorecard. Cards that were applied before this
-- table stand in `document` alone and count as their only version.
CREATE TABLE scorecard_version (
    scorecard_id  integer NOT NULL,
    version       integer NOT NULL,
    body          bytea NOT NULL,
    applied_at    timestamptz NOT NULL,
    applied_by    text NOT NULL,
    PRIMARY KEY (scorecard_id, version)
);
