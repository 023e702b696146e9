-- What is written for a snapshot lies together in each index: a snapshot with a thousand subscribers changes a few pages,
-- not a page of its own for each of them.
alter table bell_evaluations rename to former_evaluations;
create table bell_evaluations (
    engagement_id   uuid   not null,
    subscription_id uuid   not null,
    snapshot_id     uuid   not null,
    dashboard_id    uuid   not null,
    compared_with   uuid,
    outcome         text   not null,
    why             text   not null,
    at              bigint not null,
    primary key (engagement_id, snapshot_id, subscription_id)
);
insert into bell_evaluations (engagement_id, subscription_id, snapshot_id, dashboard_id, compared_with, outcome, why, at)
select engagement_id, subscription_id, snapshot_id, dashboard_id, compared_with, outcome, why, at from former_evaluations;
drop table former_evaluations;
create index bell_evaluations_by_time
    on bell_evaluations (engagement_id, dashboard_id, at desc, subscription_id desc);

drop index deliveries_once;
create unique index deliveries_once on deliveries (engagement_id, snapshot_id, subscription_id)
    where is_test = 0 and subscription_id is not null and snapshot_id is not null;

-- Whoever asks what a subscription has to tell means what is not settled yet.
drop index deliveries_of_subscription;
create index deliveries_of_subscription on deliveries (engagement_id, subscription_id, status) where settled_at is null;

-- A subscription is written at every bell. With room beside it no index has to follow; older pages get that room as their
-- rows are written.
--@postgres alter table subscriptions set (fillfactor = 50);
