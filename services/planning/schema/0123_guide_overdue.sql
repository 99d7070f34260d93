-- Whether it was published that units haven't acknowledged a guide behind its due day: once for each version.
ALTER TABLE guide ADD COLUMN overdue_announced boolean NOT NULL DEFAULT false;
CREATE INDEX guide_due ON guide (due_day) WHERE NOT overdue_announced AND NOT superseded;
