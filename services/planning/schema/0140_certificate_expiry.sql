-- Whether it was published that a certificate ended: once, and not where another one of the person's goes on.
ALTER TABLE certificate ADD COLUMN expiry_announced boolean NOT NULL DEFAULT false;
CREATE INDEX certificate_until ON certificate (until_day) WHERE NOT expiry_announced;
