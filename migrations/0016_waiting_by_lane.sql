-- Whoever asks whether a subscription has something due in the fast lane does not walk past all that waits in the slow one.
drop index deliveries_of_subscription;
create index deliveries_of_subscription on deliveries (engagement_id, subscription_id, status, lane)
    where settled_at is null;

-- The answer of a snapshot waits for what stands in the fast lane, and for nothing else.
drop index deliveries_untried;
create index deliveries_untried on deliveries (engagement_id, snapshot_id) where attempts = 0 and lane = 0;
