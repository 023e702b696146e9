-- The catalogue and the planned work: domains, repos, topics, workstreams, tasks and what hangs on them. All of it can be
-- read again from the files in the repositories.

create table domains (
    engagement_id uuid   not null,
    id            uuid   not null,
    slug          text   not null,
    name          text   not null,
    description   text   not null,
    status        text   not null,
    created_at    bigint not null,
    changed_at    bigint not null,
    primary key (engagement_id, id)
);
create unique index domains_by_id on domains (id);
create unique index domains_by_slug on domains (engagement_id, slug);
create index domains_named on domains (slug);

-- Former slugs. concept is 'domain', 'repo', 'topic' or 'workstream'. A slug in use is never somebody else's alias.
create table slug_aliases (
    engagement_id uuid   not null,
    concept       text   not null,
    slug          text   not null,
    object_id     uuid   not null,
    created_at    bigint not null,
    primary key (engagement_id, concept, slug)
);
create index slug_aliases_named on slug_aliases (concept, slug);

-- watched is 1 when an owner asked the hub to read local_path by itself. last_sync is the report of the last sync as JSON.
create table repos (
    engagement_id  uuid   not null,
    id             uuid   not null,
    domain_id      uuid   not null,
    topic_id       uuid,
    slug           text   not null,
    name           text   not null,
    local_path     text,
    remote_url     text,
    description    text   not null,
    status         text   not null,
    watched        bigint not null,
    last_synced_at bigint,
    last_commit    text,
    last_sync      text,
    created_at     bigint not null,
    changed_at     bigint not null,
    primary key (engagement_id, id)
);
create unique index repos_by_id on repos (id);
create unique index repos_by_slug on repos (engagement_id, slug);
create index repos_named on repos (slug);
create index repos_of_domain on repos (engagement_id, domain_id);
create index repos_watched on repos (last_synced_at) where watched = 1;

create table topics (
    engagement_id uuid   not null,
    id            uuid   not null,
    domain_id     uuid   not null,
    slug          text   not null,
    title         text   not null,
    description   text   not null,
    status        text   not null,
    created_at    bigint not null,
    changed_at    bigint not null,
    primary key (engagement_id, id)
);
create unique index topics_by_id on topics (id);
create unique index topics_by_slug on topics (engagement_id, slug);
create index topics_named on topics (slug);
create index topics_of_domain on topics (engagement_id, domain_id);

-- due_date is a date as text (2026-11-21). format, file_path, file_id and file_hash tell the file that it is read from.
create table workstreams (
    engagement_id uuid   not null,
    id            uuid   not null,
    domain_id     uuid   not null,
    topic_id      uuid,
    repo_id       uuid,
    slug          text   not null,
    title         text   not null,
    owner         text   not null,
    description   text   not null,
    due_date      text,
    status        text   not null,
    format        text,
    file_path     text,
    file_id       text,
    file_hash     bytea,
    created_at    bigint not null,
    changed_at    bigint not null,
    completed_at  bigint,
    primary key (engagement_id, id)
);
create unique index workstreams_by_id on workstreams (id);
create unique index workstreams_by_slug on workstreams (engagement_id, slug);
create index workstreams_named on workstreams (slug);
create index workstreams_of_domain on workstreams (engagement_id, domain_id);
create index workstreams_of_topic on workstreams (engagement_id, topic_id) where topic_id is not null;
create index workstreams_of_repo on workstreams (engagement_id, repo_id, file_path) where repo_id is not null;
create unique index workstreams_by_file_id on workstreams (engagement_id, file_id) where file_id is not null;
create index workstreams_open on workstreams (engagement_id, changed_at desc, id desc)
    where status in ('proposed', 'ready', 'active', 'blocked', 'backlog');
create index workstreams_by_time on workstreams (engagement_id, changed_at desc, id desc);

-- rank is 0, 1 or 2: how far the status has come, which no file lowers. A task that left its file has a removed_at and
-- does not come back from an older branch. claim_fence grows with each claim.
create table tasks (
    engagement_id     uuid   not null,
    id                uuid   not null,
    workstream_id     uuid   not null,
    external_id       text,
    position          bigint not null,
    title             text   not null,
    description       text   not null,
    priority          text   not null,
    assignee          text   not null,
    due_date          text,
    status            text   not null,
    rank              bigint not null,
    blocking_reason   text,
    needs_human       bigint not null,
    intervention_note text,
    claimed_by        uuid,
    claimed_by_name   text,
    claim_until       bigint,
    claim_fence       bigint not null,
    repo_id           uuid,
    file_path         text,
    file_line         bigint,
    removed_at        bigint,
    created_at        bigint not null,
    changed_at        bigint not null,
    primary key (engagement_id, id)
);
create unique index tasks_by_id on tasks (id);
create unique index tasks_by_external_id on tasks (engagement_id, external_id) where external_id is not null;
create index tasks_of_workstream on tasks (engagement_id, workstream_id, position, id);
create index tasks_of_repo on tasks (engagement_id, repo_id, file_path) where repo_id is not null;
create index tasks_open on tasks (engagement_id, workstream_id, position, id) where rank < 2 and removed_at is null;
create index tasks_claimed on tasks (claim_until) where claim_until is not null;
create index tasks_by_time on tasks (engagement_id, changed_at desc, id desc);

create table dependencies (
    engagement_id uuid   not null,
    workstream_id uuid   not null,
    depends_on_id uuid   not null,
    created_at    bigint not null,
    primary key (engagement_id, workstream_id, depends_on_id)
);
create index dependencies_blocking on dependencies (engagement_id, depends_on_id);

-- A decision of the plan is an ask, seen from the plan.
create table plan_decisions (
    engagement_id uuid   not null,
    ask_id        uuid   not null,
    workstream_id uuid,
    topic_id      uuid,
    repo_id       uuid,
    context       text   not null,
    deadline      bigint,
    escalated_at  bigint,
    rationale     text,
    append_to_file bigint not null,
    created_at    bigint not null,
    primary key (engagement_id, ask_id)
);
create unique index plan_decisions_by_ask on plan_decisions (ask_id);
create index plan_decisions_of_workstream on plan_decisions (engagement_id, workstream_id) where workstream_id is not null;
create index plan_decisions_due on plan_decisions (deadline) where deadline is not null and escalated_at is null;

-- What happened to the work, in words; rows are only added.
create table progress_events (
    engagement_id uuid   not null,
    id            uuid   not null,
    type          text   not null,
    summary       text   not null,
    author_id     uuid   not null,
    author_name   text   not null,
    domain_id     uuid,
    workstream_id uuid,
    task_id       uuid,
    run_id        uuid,
    happened_at   bigint not null,
    primary key (engagement_id, id)
);
create unique index progress_events_by_id on progress_events (id);
create index progress_events_by_time on progress_events (engagement_id, happened_at desc, id desc);
create index progress_events_of_workstream on progress_events (engagement_id, workstream_id, happened_at desc, id desc)
    where workstream_id is not null;

create table extension_points (
    engagement_id uuid   not null,
    id            uuid   not null,
    ep_id         text   not null,
    domain_id     uuid   not null,
    title         text   not null,
    type          text   not null,
    status        text   not null,
    priority      text   not null,
    location      text   not null,
    description   text   not null,
    topic_id      uuid,
    workstream_id uuid,
    created_at    bigint not null,
    changed_at    bigint not null,
    primary key (engagement_id, id)
);
create unique index extension_points_by_key on extension_points (id);
create unique index extension_points_by_ep_id on extension_points (engagement_id, ep_id);
create index extension_points_named on extension_points (ep_id);
create index extension_points_of_domain on extension_points (engagement_id, domain_id);
create index extension_points_by_time on extension_points (engagement_id, changed_at desc, id desc);

create table technical_debts (
    engagement_id uuid   not null,
    id            uuid   not null,
    td_id         text   not null,
    domain_id     uuid   not null,
    title         text   not null,
    type          text   not null,
    status        text   not null,
    severity      text   not null,
    location      text   not null,
    description   text   not null,
    created_at    bigint not null,
    changed_at    bigint not null,
    primary key (engagement_id, id)
);
create unique index technical_debts_by_key on technical_debts (id);
create unique index technical_debts_by_td_id on technical_debts (engagement_id, td_id);
create index technical_debts_named on technical_debts (td_id);
create index technical_debts_of_domain on technical_debts (engagement_id, domain_id);
create index technical_debts_by_time on technical_debts (engagement_id, changed_at desc, id desc);

-- One clean-up, and what it changed, so that it can be undone.
create table cleanups (
    engagement_id  uuid   not null,
    id             uuid   not null,
    made_by_name   text   not null,
    made_at        bigint not null,
    undone_at      bigint,
    undone_by_name text,
    primary key (engagement_id, id)
);
create index cleanups_by_time on cleanups (engagement_id, made_at desc, id desc);
create table cleanup_tasks (
    engagement_id   uuid   not null,
    cleanup_id      uuid   not null,
    task_id         uuid   not null,
    status          text   not null,
    blocking_reason text,
    primary key (engagement_id, cleanup_id, task_id)
);

-- review is JSON: what was said of each task that was open when the workstream was completed.
create table closure_reviews (
    engagement_id    uuid   not null,
    id               uuid   not null,
    workstream_id    uuid   not null,
    review           text   not null,
    reviewed_by      uuid   not null,
    reviewed_by_name text   not null,
    reviewed_at      bigint not null,
    primary key (engagement_id, id)
);
create index closure_reviews_of_workstream on closure_reviews (engagement_id, workstream_id, reviewed_at desc, id desc);

-- Each file that the last sync of a repo read, so that an unchanged one is not read again and a missing one is noticed.
create table workplan_files (
    engagement_id uuid   not null,
    repo_id       uuid   not null,
    path          text   not null,
    hash          bytea  not null,
    workstream_id uuid,
    read_at       bigint not null,
    primary key (engagement_id, repo_id, path)
);
