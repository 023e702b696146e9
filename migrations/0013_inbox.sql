-- The inbox tells of more than runs. subject_id is what rang, once for each person: a run that ended, a comment, a
-- subscription that was disabled. concept and object_id are where to look: 'run', 'artifact' or 'dashboard' and its id.
alter table notifications rename column run_id to subject_id;
alter table notifications add column concept text not null default 'run';
alter table notifications add column object_id uuid;
update notifications set object_id = subject_id;
create index notifications_of_object on notifications (engagement_id, concept, object_id);

-- Mail that waits for a server of mail, and what of a snapshot was not tried yet.
create index deliveries_deferred on deliveries (created_at) where status = 'deferred';
create index deliveries_untried on deliveries (engagement_id, snapshot_id) where attempts = 0;

-- What was settled long ago is forgotten, and with it the bytes that nobody names any more.
create index deliveries_settled on deliveries (settled_at) where settled_at is not null;
create index delivery_bodies_by_time on delivery_bodies (created_at);
