-- What a message goes on with: the id of the one that told its receiver first, as the ledger has it. Messages of one
-- thread are about the same time that an alert fired; what died of it can be sent again as long as the ledger is there.
ALTER TABLE delivery ADD COLUMN thread text NOT NULL DEFAULT '';
UPDATE delivery SET thread = id WHERE alert_id = '';
UPDATE delivery d SET thread = t.thread FROM told t, delivery first WHERE t.alert_id = d.alert_id
    AND t.receiver = d.receiver AND first.id = t.thread AND d.queued_at >= first.queued_at AND d.alert_id <> '';
