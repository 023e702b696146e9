-- A delivery waits in a lane, which is 0 for the first try to a receiver that answered the last time and 1 for everything
-- else: whoever takes from one does not walk past all that waits in the other.
alter table deliveries add column lane bigint not null default 0;
update deliveries set lane = 1
 where status in ('waiting', 'deferred', 'sending')
   and (attempts > 0
        or exists (select 1 from subscriptions s
                    where s.engagement_id = deliveries.engagement_id and s.id = deliveries.subscription_id
                      and s.failing_since is not null));
drop index deliveries_waiting;
create index deliveries_waiting on deliveries (lane, next_attempt_at) where status = 'waiting';
