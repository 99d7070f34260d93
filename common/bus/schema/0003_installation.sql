-- What else is fixed for ever: money and days are stored by it. NULL until a daemon has started with it; one made before
-- these columns takes what its settings say then.
ALTER TABLE bus_installation ADD COLUMN money_scale integer; -- decimals of stored money
ALTER TABLE bus_installation ADD COLUMN utc_offset text;     -- time zone of business days, as in the settings: +08:00
