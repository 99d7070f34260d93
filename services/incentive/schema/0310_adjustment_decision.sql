-- Why an adjustment was approved or refused, in the words of who decided.
ALTER TABLE pay_adjustment ADD COLUMN decision text NOT NULL DEFAULT '';
