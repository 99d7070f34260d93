-- An Alertmanager takes no messages. Digests and mornings written for one waited for ever; what they told of, and nothing
-- else did, it never learned: that is told as if it had been held.
WITH unsaid AS (
    UPDATE told t SET open = false FROM delivery first
    WHERE first.id = t.thread AND first.alert_id = '' AND first.channel = 'alertmanager' AND first.state = 'waiting'
    AND t.open AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.alert_id = t.alert_id AND d.receiver = t.receiver
    AND d.thread = t.thread)
    RETURNING t.alert_id, t.receiver, t.told_at)
INSERT INTO held SELECT alert_id, receiver, 'quiet', told_at FROM unsaid ON CONFLICT DO NOTHING;

UPDATE delivery SET state = 'lapsed' WHERE state = 'waiting' AND channel = 'alertmanager' AND alert_id = ''
    AND event <> 'test';
