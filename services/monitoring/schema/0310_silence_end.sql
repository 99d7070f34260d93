-- Why a silence was ended before its time, in the words of who ended it.
ALTER TABLE silence ADD COLUMN end_reason text NOT NULL DEFAULT '';
