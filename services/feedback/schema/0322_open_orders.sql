-- Orders that aren't at their end, the one that was looked at longest ago first: a state without a time of its own (rejected,
-- failed) is found by no window of times when its event was lost.
CREATE INDEX tmf_resource_open ON tmf_resource (feed_id, (coalesce(tried_at, since)))
    WHERE kind = 'productOrder' AND NOT held AND referred_at IS NULL AND state IN ('placed', 'accepted', 'in_progress');
