-- Events of types that nobody knows: kind 'unknown', resource_id their type. They are listed by it with what waits.
CREATE INDEX tmf_event_unknown ON tmf_event (feed_id, resource_id, received_at) WHERE kind = 'unknown';
