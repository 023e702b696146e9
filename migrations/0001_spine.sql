-- People, engagements, runs and what follows from them. One text for both engines: ids are uuid (16 bytes),
-- times are bigint microseconds UTC, booleans are bigint 0 or 1, JSON is text. Every table of an engagement
-- carries engagement_id first in its key, so that a PostgreSQL can be sharded by it.

create table people (
    id         uuid   not null primary key,
    kind       text   not null,
    name       text   not null,
    owner_id   uuid,
    hub_owner  bigint not null,
    created_at bigint not null
);
create index people_by_owner on people (owner_id, id) where owner_id is not null;

create table login_links (
    secret_hash bytea  not null primary key,
    person_id   uuid   not null,
    created_at  bigint not null,
    expires_at  bigint not null,
    used_at     bigint
);

create table sessions (
    secret_hash  bytea  not null primary key,
    id           uuid   not null,
    person_id    uuid   not null,
    created_at   bigint not null,
    last_seen_at bigint not null,
    expires_at   bigint not null
);
create index sessions_by_expiry on sessions (expires_at);

-- narrowed says whether token_engagements lists all that the token may touch; verbs is a JSON list, or null for all.
create table tokens (
    id          uuid   not null primary key,
    secret_hash bytea  not null unique,
    kind        text   not null,
    person_id   uuid   not null,
    created_by  uuid   not null,
    name        text   not null,
    hint        text   not null,
    narrowed    bigint not null,
    verbs       text,
    created_at  bigint not null,
    expires_at  bigint not null,
    revoked_at  bigint
);
create index tokens_by_creator on tokens (created_by, created_at desc, id desc);

create table token_engagements (
    token_id      uuid not null,
    engagement_id uuid not null,
    primary key (token_id, engagement_id)
);

create table engagements (
    id         uuid   not null primary key,
    slug       text   not null unique,
    name       text   not null,
    demo       bigint not null,
    created_at bigint not null
);

create table memberships (
    engagement_id uuid   not null,
    person_id     uuid   not null,
    designations  bigint not null,
    created_at    bigint not null,
    primary key (engagement_id, person_id)
);
create index memberships_by_person on memberships (person_id, engagement_id);

-- active_at is what the active zone sorts by: when the run started, or when it was queued.
-- heartbeat_micros is the promised interval between signs of life, sequence the last report taken in; version counts
-- the changes of the row, so that of two writers who read the same one, one has to read again.
create table runs (
    engagement_id    uuid   not null,
    id               uuid   not null,
    initiator_id     uuid,
    initiator_name   text   not null,
    type             text   not null,
    item_kind        text   not null,
    label            text   not null,
    status           text   not null,
    outcome          text,
    grade            text,
    lost             bigint not null,
    identity         bytea  not null,
    identity_mode    text   not null,
    summary_counts   text   not null,
    failures         text   not null,
    context          text   not null,
    heartbeat_micros bigint,
    sequence         bigint not null,
    version          bigint not null,
    created_at       bigint not null,
    active_at        bigint not null,
    started_at       bigint,
    completed_at     bigint,
    last_seen_at     bigint not null,
    acknowledged_at  bigint,
    acknowledged_by  text,
    primary key (engagement_id, id)
);
create unique index runs_by_id on runs (id);
-- Starting once is promised by these two indexes, not by a lock.
create unique index runs_identity_active on runs (engagement_id, identity) where status <> 'completed';
create unique index runs_identity_slot on runs (engagement_id, identity) where identity_mode = 'slot';
create index runs_active on runs (engagement_id, active_at desc, id desc) where status <> 'completed';
create index runs_recent on runs (engagement_id, completed_at desc, id desc) where status = 'completed';
create index runs_created on runs (engagement_id, created_at desc, id desc);

-- What a person reads under "What happened": never one row per heartbeat.
create table run_events (
    engagement_id uuid   not null,
    run_id        uuid   not null,
    id            uuid   not null,
    at            bigint not null,
    kind          text   not null,
    actor_name    text   not null,
    summary       text   not null,
    diagnostics   text,
    primary key (engagement_id, run_id, id)
);
create index run_events_by_time on run_events (engagement_id, run_id, at desc, id desc);

-- The needs-you zone, kept in the transaction of whatever makes or settles the need.
create table needs (
    engagement_id uuid   not null,
    kind          text   not null,
    item_id       uuid   not null,
    label         text   not null,
    detail        text   not null,
    created_at    bigint not null,
    primary key (engagement_id, kind, item_id)
);
create index needs_by_time on needs (engagement_id, created_at desc, item_id desc);

-- How many a zone holds, kept with the change, so that no count ever scans history. Several slots per
-- count, chosen by the id, so that concurrent writers of one engagement rarely wait for the same row.
create table zone_counts (
    engagement_id uuid   not null,
    zone          text   not null,
    kind          text   not null,
    slot          bigint not null,
    held          bigint not null,
    primary key (engagement_id, zone, kind, slot)
);

create table notifications (
    engagement_id uuid   not null,
    run_id        uuid   not null,
    person_id     uuid   not null,
    id            uuid   not null,
    kind          text   not null,
    title         text   not null,
    detail        text   not null,
    created_at    bigint not null,
    read_at       bigint,
    primary key (engagement_id, run_id, person_id)
);
create index notifications_by_person on notifications (person_id, created_at desc, id desc);

-- The append-only feed of hints. On PostgreSQL rows commit out of order, so each carries the id of its
-- transaction and readers stay behind the oldest one that still runs; on SQLite there is one writer.
create table events (
--@sqlite    position       integer primary key autoincrement,
--@postgres    position       bigint generated always as identity primary key,
--@sqlite    transaction_id bigint not null default 0,
--@postgres    transaction_id bigint not null default cast(cast(pg_current_xact_id() as text) as bigint),
    engagement_id  uuid   not null,
    concept        text   not null,
    kind           text   not null,
    object_id      uuid   not null,
    at             bigint not null
);
create index events_in_order on events (transaction_id, position);
create index events_by_time on events (at);
