-- Bearer tokens by their hash, and the record of everything that had or was to have an effect.

CREATE TABLE token (
    id          integer     PRIMARY KEY,
    name        text        NOT NULL CHECK (name <> ''),
    hash        bytea       NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    permissions text[]      NOT NULL,
    subtree     text        NOT NULL,
    created_at  timestamptz NOT NULL,
    ends_at     timestamptz,                      -- NULL: never
    revoked_at  timestamptz,
    made_by     text        NOT NULL,             -- who asked for it, and the key of that request:
    made_key    text        NOT NULL,             -- the same request sent twice makes one token
    UNIQUE (made_by, made_key)
);

-- Append-only. Each row carries the hash of the row before, so that a row changed, taken out or put in later shows.
-- A request with effect leaves two rows: "asked" is durable before any service is asked, "answered" follows the answer.
CREATE TABLE audit (
    id          bigint      PRIMARY KEY,          -- 1, 2, 3 ... without gaps
    at          timestamptz NOT NULL,             -- real clock
    stage       text        NOT NULL CHECK (stage IN ('asked', 'answered')),
    request_id  text        NOT NULL,
    person      text        NOT NULL,
    address     text        NOT NULL,
    method      text        NOT NULL,
    path        text        NOT NULL,
    status      integer     NOT NULL,             -- of the answer; 0 while asked
    body_hash   bytea       NOT NULL,             -- BLAKE2b-256 of the body as it came
    previous    bytea       NOT NULL,
    hash        bytea       NOT NULL
);
CREATE UNIQUE INDEX audit_request ON audit (request_id, stage);

CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit record is append-only';
END
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
