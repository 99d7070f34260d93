-- A version's revision goes up with every act, step and answer: who approves, publishes or answers names the one that
-- they saw, and what was written since says what changed.
ALTER TABLE plan_version ADD COLUMN revision integer NOT NULL DEFAULT 1;
ALTER TABLE plan_move ADD COLUMN revision integer NOT NULL DEFAULT 0; -- that it made
ALTER TABLE ledger_act ADD COLUMN revision integer NOT NULL DEFAULT 0;
ALTER TABLE negotiation ADD COLUMN revision integer NOT NULL DEFAULT 0; -- of the unit's last step

-- A consent belongs to what the check found when it was given, and ends when the version is returned.
ALTER TABLE plan_consent ADD COLUMN findings bigint NOT NULL DEFAULT 0, -- a hash of them
    ADD COLUMN ended_at timestamptz,
    DROP CONSTRAINT plan_consent_pkey,
    ADD COLUMN no integer NOT NULL DEFAULT 1,
    ADD PRIMARY KEY (period_id, version, code, no);
CREATE UNIQUE INDEX plan_consent_holds ON plan_consent (period_id, version, code) WHERE ended_at IS NULL;
