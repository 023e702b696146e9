-- Dashboards: saved questions, the pictures that answer them, who is told, and what is sent out.

-- view_spec is the question as JSON. next_due_at is when the timer takes the next snapshot, null without a timer; the
-- fields of cron go by the clock of zone. Snapshots older than keep_days are forgotten, but for the newest.
create table dashboards (
    engagement_id   uuid   not null,
    id              uuid   not null,
    title           text   not null,
    description     text   not null,
    view_spec       text   not null,
    snapshot_policy text   not null,
    zone            text   not null,
    keep_days       bigint not null,
    next_due_at     bigint,
    created_by      uuid   not null,
    created_by_name text   not null,
    created_at      bigint not null,
    changed_at      bigint not null,
    archived_at     bigint,
    primary key (engagement_id, id)
);
create unique index dashboards_by_id on dashboards (id);
create index dashboards_by_time on dashboards (engagement_id, changed_at desc, id desc);
create index dashboards_due on dashboards (next_due_at) where next_due_at is not null;

-- The rows that were pushed last, as they came. fields is JSON: the names and kinds of their columns.
create table dashboard_rows (
    engagement_id  uuid   not null,
    dashboard_id   uuid   not null,
    format         text   not null,
    bytes          bytea  not null,
    content_hash   bytea  not null,
    row_count      bigint not null,
    fields         text   not null,
    pushed_by      uuid   not null,
    pushed_by_name text   not null,
    pushed_at      bigint not null,
    primary key (engagement_id, dashboard_id)
);

-- What snapshots show, once for all that show the same. materialized_data is the picture in its one form, and
-- content_hash the SHA-256 of that text. primary_metric is the one number as JSON, null when there is none.
create table dashboard_pictures (
    engagement_id     uuid   not null,
    dashboard_id      uuid   not null,
    content_hash      bytea  not null,
    materialized_data text   not null,
    row_count         bigint not null,
    matched           bigint not null,
    primary_metric    text,
    primary key (engagement_id, dashboard_id, content_hash)
);

-- number counts the snapshots of a dashboard from 1. reason is 'manual', 'timer' or 'push'; due_at the hour that the
-- timer took it for. summary is what differs from previous_id in figures, as JSON, null for the first.
create table snapshots (
    engagement_id uuid   not null,
    id            uuid   not null,
    dashboard_id  uuid   not null,
    number        bigint not null,
    content_hash  bytea  not null,
    captured_at   bigint not null,
    taken_by      uuid,
    taken_by_name text   not null,
    reason        text   not null,
    due_at        bigint,
    previous_id   uuid,
    unchanged     bigint not null,
    summary       text,
    primary key (engagement_id, id)
);
create unique index snapshots_by_id on snapshots (id);
create unique index snapshots_by_number on snapshots (engagement_id, dashboard_id, number);
create unique index snapshots_by_hour on snapshots (engagement_id, dashboard_id, due_at) where due_at is not null;
create index snapshots_by_time on snapshots (engagement_id, dashboard_id, captured_at desc, id desc);
create index snapshots_of_picture on snapshots (engagement_id, dashboard_id, content_hash);

-- Hours in which no snapshot was taken. They are told, and never made up.
create table missed_snapshots (
    engagement_id uuid   not null,
    dashboard_id  uuid   not null,
    due_at        bigint not null,
    noticed_at    bigint not null,
    reason        text   not null,
    primary key (engagement_id, dashboard_id, due_at)
);

-- subscriber_kind is 'persona', 'webhook' or 'email'; subscriber_id a person's id, an address of the web or of mail, and
-- person_id the same person as an id. threshold_key is the SHA-256 of the rule's one form. baseline_snapshot_id is the
-- one that was newest when the subscription began, and after a ring the one that rang; last_rang_at when a bell was last
-- let through. secret and former_secret are sealed.
create table subscriptions (
    engagement_id         uuid   not null,
    id                    uuid   not null,
    dashboard_id          uuid   not null,
    subscriber_kind       text   not null,
    subscriber_id         text   not null,
    person_id             uuid,
    threshold             text   not null,
    threshold_key         bytea  not null,
    baseline              text   not null,
    baseline_snapshot_id  uuid,
    at_most_every_seconds bigint,
    muted_until           bigint,
    quiet_hours           text,
    digest_seconds        bigint,
    secret                bytea,
    former_secret         bytea,
    former_secret_until   bigint,
    confirm_hash          bytea,
    confirmed_at          bigint,
    unsubscribe_hash      bytea,
    created_by            uuid   not null,
    created_by_name       text   not null,
    created_at            bigint not null,
    changed_at            bigint not null,
    disabled_at           bigint,
    disabled_reason       text,
    last_rang_at          bigint,
    failing_since         bigint,
    primary key (engagement_id, id)
);
create unique index subscriptions_by_id on subscriptions (id);
create unique index subscriptions_once
    on subscriptions (engagement_id, dashboard_id, subscriber_kind, subscriber_id, threshold_key);
create index subscriptions_by_time on subscriptions (engagement_id, dashboard_id, created_at desc, id desc);
create index subscriptions_of_person on subscriptions (person_id) where person_id is not null;
create index subscriptions_to_confirm on subscriptions (confirm_hash) where confirm_hash is not null;
create index subscriptions_to_end on subscriptions (unsubscribe_hash) where unsubscribe_hash is not null;

-- The ledger: what was decided for each subscription at each snapshot, and why, as JSON. One bell for both at most.
create table bell_evaluations (
    engagement_id   uuid   not null,
    subscription_id uuid   not null,
    snapshot_id     uuid   not null,
    dashboard_id    uuid   not null,
    compared_with   uuid,
    outcome         text   not null,
    why             text   not null,
    at              bigint not null,
    primary key (engagement_id, subscription_id, snapshot_id)
);
create index bell_evaluations_by_time
    on bell_evaluations (engagement_id, dashboard_id, at desc, subscription_id desc);
create index bell_evaluations_of_snapshot on bell_evaluations (engagement_id, snapshot_id);

-- What is sent, once for all who are sent the same.
create table delivery_bodies (
    engagement_id uuid   not null,
    hash          bytea  not null,
    body          text   not null,
    created_at    bigint not null,
    primary key (engagement_id, hash)
);

-- status is 'waiting', 'sending', 'delivered', 'deferred', 'dead' or 'cancelled'. The id is what receivers see, and stays
-- over all attempts. compared_with and snapshot_id are the two pictures that the body tells of.
create table deliveries (
    engagement_id   uuid   not null,
    id              uuid   not null,
    subscription_id uuid,
    snapshot_id     uuid,
    compared_with   uuid,
    dashboard_id    uuid,
    kind            text   not null,
    target          text   not null,
    body_hash       bytea  not null,
    status          text   not null,
    is_test         bigint not null,
    is_digest       bigint not null,
    attempts        bigint not null,
    next_attempt_at bigint,
    lease_until     bigint,
    fence           bigint not null,
    created_at      bigint not null,
    settled_at      bigint,
    primary key (engagement_id, id)
);
create unique index deliveries_by_id on deliveries (id);
create unique index deliveries_once on deliveries (engagement_id, subscription_id, snapshot_id)
    where is_test = 0 and subscription_id is not null and snapshot_id is not null;
create index deliveries_waiting on deliveries (next_attempt_at) where status = 'waiting';
create index deliveries_sending on deliveries (lease_until) where status = 'sending';
create index deliveries_by_time on deliveries (engagement_id, created_at desc, id desc);
create index deliveries_of_subscription on deliveries (engagement_id, subscription_id, status);
create index deliveries_by_body on deliveries (engagement_id, body_hash);

create table delivery_attempts (
    engagement_id  uuid   not null,
    delivery_id    uuid   not null,
    number         bigint not null,
    started_at     bigint not null,
    ended_at       bigint,
    outcome        text   not null,
    status_code    bigint,
    answer_excerpt text,
    reason         text,
    primary key (engagement_id, delivery_id, number)
);

-- subject_kind is 'dashboard', 'run' or 'artifact'.
create table comments (
    engagement_id uuid   not null,
    id            uuid   not null,
    subject_kind  text   not null,
    subject_id    uuid   not null,
    parent_id     uuid,
    comment_type  text   not null,
    body          text   not null,
    author_id     uuid,
    author_name   text   not null,
    created_at    bigint not null,
    primary key (engagement_id, id)
);
create unique index comments_by_id on comments (id);
create index comments_of_subject on comments (engagement_id, subject_kind, subject_id, created_at desc, id desc);

create table comment_mentions (
    engagement_id uuid not null,
    comment_id    uuid not null,
    person_id     uuid not null,
    primary key (engagement_id, comment_id, person_id)
);
