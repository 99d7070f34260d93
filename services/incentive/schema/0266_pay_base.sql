-- A calculation works out those alone whose pay may have changed, and keeps parts of them alone: what it went by is, for
-- each payee's plan and component, the newest part of the calculations from `base_run`, which was a full one, up to it.
ALTER TABLE pay_run ADD COLUMN base_run integer;
UPDATE pay_run SET base_run = run_id;
ALTER TABLE pay_run ALTER COLUMN base_run SET NOT NULL;
CREATE INDEX pay_run_base ON pay_run (base_run, run_id);
