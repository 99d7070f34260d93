-- What further dimensions of a component's rate table went by, 25 bytes for each axis in order: known (1 or 0), then
-- big-endian what was given (target, score in milli-points, months, number of the class), what was sold in time, and what
-- came of it late. NULL: a table of one dimension.
ALTER TABLE pay_part ADD COLUMN axes bytea;
