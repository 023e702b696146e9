-- What keeps runs honest over time: silence that ends a run, requests to cancel, checks by another party, the registry
-- of types, and people who asked to be told.

alter table runs add column cancel_requested_at bigint;
alter table runs add column cancel_requested_by text;
alter table runs add column evidence text;
-- Type and target as one hash: a later success of the same subject settles an earlier failure.
alter table runs add column subject bytea;
-- A run carries the policy of its type as it was at the start; null means the general one.
alter table runs add column queued_stale_micros bigint;
alter table runs add column silent_after_micros bigint;
alter table runs add column abandon_after_micros bigint;
alter table runs add column phases text;
alter table runs add column manual_review bigint not null default 1;
alter table runs add column retention_micros bigint;
-- The person whose call started it, also for scheduled work: who started a run does not verify it.
alter table runs add column started_by uuid;

-- When the hub last received anything. last_seen_at is what was told; a report that comes late tells of earlier, but
-- whoever sends it is alive now.
alter table runs add column heard_at bigint not null default 0;
-- The loop that ends abandoned runs looks here: those that promised to be heard, and all others.
create index runs_silent_promised on runs (heard_at) where status = 'running' and heartbeat_micros is not null;
create index runs_silent on runs (heard_at)
    where status <> 'completed' and (heartbeat_micros is null or status = 'queued');

-- A failure that is told after a later success of its subject finds that success here.
create index runs_successes on runs (engagement_id, subject, created_at)
    where outcome = 'succeeded' and subject is not null;

alter table needs add column subject bytea;
create index needs_by_subject on needs (engagement_id, subject) where subject is not null;

-- engagement_id is the nil id for types of the whole hub.
create table run_types (
    engagement_id         uuid   not null,
    type                  text   not null,
    label                 text   not null,
    capability            text   not null,
    phases                text   not null,
    queued_stale_seconds  bigint,
    silent_after_seconds  bigint,
    abandon_after_seconds bigint,
    manual_review         bigint not null,
    retention_days        bigint not null,
    changed_at            bigint not null,
    primary key (engagement_id, type)
);

-- Who wants to be told when somebody else's run ends.
create table run_watchers (
    engagement_id uuid   not null,
    run_id        uuid   not null,
    person_id     uuid   not null,
    created_at    bigint not null,
    primary key (engagement_id, run_id, person_id)
);

create unique index notifications_by_id on notifications (id);
create index notifications_unread on notifications (person_id) where read_at is null;
-- The oldest completed runs, for the loop that forgets them: those kept for the general time, and those of types that
-- declare their own.
create index runs_oldest on runs (completed_at) where status = 'completed' and retention_micros is null;
create index runs_expiring on runs ((completed_at + retention_micros))
    where status = 'completed' and retention_micros is not null;
