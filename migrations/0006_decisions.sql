-- What was made and may need a decision, what somebody asks, who decided what, and whom a need is for.

-- state belongs to the newest version, version is its number; number is the one that people say ("shape 12").
-- made_at is when the newest version came; decision_id the decision that stands for it.
create table artifacts (
    engagement_id uuid   not null,
    id            uuid   not null,
    kind          text   not null,
    state         text   not null,
    version       bigint not null,
    number        bigint not null,
    label         text   not null,
    detail        text   not null,
    content_kind  text   not null,
    run_id        uuid,
    made_by       uuid   not null,
    made_by_name  text   not null,
    created_at    bigint not null,
    made_at       bigint not null,
    expires_at    bigint,
    decision_id   uuid,
    primary key (engagement_id, id)
);
create unique index artifacts_by_id on artifacts (id);
create unique index artifacts_by_number on artifacts (engagement_id, kind, number);
create index artifacts_by_time on artifacts (engagement_id, made_at desc, id desc);
create index artifacts_recent on artifacts (engagement_id, made_at desc, id desc)
    where kind in ('render', 'review_report', 'transformed_artifact');
create index artifacts_of_run on artifacts (engagement_id, run_id) where run_id is not null;
create index artifacts_expiring on artifacts (expires_at) where expires_at is not null;

-- content is the JSON of an inline_dict, null for the other kinds.
create table artifact_versions (
    engagement_id uuid   not null,
    artifact_id   uuid   not null,
    version       bigint not null,
    content_kind  text   not null,
    content       text,
    note          text   not null,
    run_id        uuid,
    made_by       uuid   not null,
    made_by_name  text   not null,
    made_at       bigint not null,
    primary key (engagement_id, artifact_id, version)
);

-- The files of a version, by the address of their content.
create table artifact_files (
    engagement_id uuid   not null,
    artifact_id   uuid   not null,
    version       bigint not null,
    position      bigint not null,
    name          text   not null,
    media_type    text   not null,
    digest        bytea  not null,
    size          bigint not null,
    primary key (engagement_id, artifact_id, version, position)
);
create index artifact_files_by_content on artifact_files (engagement_id, digest);

-- Content that was uploaded into an engagement. stored_as tells apart two uploads of the same content, so that removing
-- an old one never takes the file of a new one.
create table contents (
    engagement_id uuid   not null,
    digest        bytea  not null,
    stored_as     uuid   not null,
    size          bigint not null,
    uploaded_by   uuid   not null,
    created_at    bigint not null,
    primary key (engagement_id, digest)
);
create index contents_by_age on contents (created_at);

-- audience is the set of designations that may answer; for_person narrows it to one person.
-- answer is what stands, from a person or from the fallback; it is told to the asking side once it is in effect.
create table asks (
    engagement_id uuid   not null,
    id            uuid   not null,
    state         text   not null,
    version       bigint not null,
    title         text   not null,
    detail        text   not null,
    options       text   not null,
    form          text,
    asked_by      uuid   not null,
    asked_by_name text   not null,
    run_id        uuid,
    for_person    uuid,
    audience      bigint not null,
    expires_at    bigint,
    fallback      text,
    key           text,
    answer        text,
    decision_id   uuid,
    created_at    bigint not null,
    closed_at     bigint,
    primary key (engagement_id, id)
);
create unique index asks_by_id on asks (id);
-- The same question asked twice under one key is one question.
create unique index asks_by_key on asks (engagement_id, asked_by, key) where key is not null;
create index asks_by_time on asks (engagement_id, created_at desc, id desc);
create index asks_of_run on asks (engagement_id, run_id) where run_id is not null;
create index asks_expiring on asks (expires_at) where state = 'open' and expires_at is not null;

-- Who decided what, and the audit of it: rows are added and marked, never removed while their object stands.
-- concept is 'artifact' or 'ask'. Effects are released at effective_at; until then the decision can be undone.
create table decisions (
    engagement_id   uuid   not null,
    id              uuid   not null,
    concept         text   not null,
    object_id       uuid   not null,
    version         bigint not null,
    decision        text   not null,
    from_state      text   not null,
    to_state        text   not null,
    note            text,
    answer          text,
    decided_by      uuid   not null,
    decided_by_name text   not null,
    decided_at      bigint not null,
    effective_at    bigint not null,
    released_at     bigint,
    undone_at       bigint,
    undone_by_name  text,
    primary key (engagement_id, id)
);
create index decisions_of_object on decisions (engagement_id, object_id, decided_at desc, id desc);
-- One decision stands for one version, whoever else tries.
create unique index decisions_standing on decisions (engagement_id, object_id, version) where undone_at is null;
create index decisions_due on decisions (effective_at) where released_at is null and undone_at is null;

-- For whom a need is: the designations that may act, or one person. 15 is everybody but those who only read.
alter table needs add column audience bigint not null default 15;
alter table needs add column for_person uuid;
create index needs_of_person on needs (for_person, engagement_id, created_at desc, item_id desc) where for_person is not null;

-- Needs for one person are not in the counts; they are counted through needs_of_person.
create table zone_counts_by_audience (
    engagement_id uuid   not null,
    zone          text   not null,
    kind          text   not null,
    audience      bigint not null,
    slot          bigint not null,
    held          bigint not null,
    primary key (engagement_id, zone, kind, audience, slot)
);
insert into zone_counts_by_audience (engagement_id, zone, kind, audience, slot, held)
select engagement_id, zone, kind, 15, slot, held from zone_counts;
drop table zone_counts;
alter table zone_counts_by_audience rename to zone_counts;

-- What somebody does not want to see for a while.
create table snoozes (
    person_id     uuid   not null,
    engagement_id uuid   not null,
    kind          text   not null,
    item_id       uuid   not null,
    until_at      bigint not null,
    created_at    bigint not null,
    primary key (person_id, engagement_id, kind, item_id)
);
create index snoozes_of_item on snoozes (engagement_id, kind, item_id);
create index snoozes_by_end on snoozes (until_at);

-- What a person prefers, on every browser.
create table person_settings (
    person_id    uuid   not null primary key,
    theme        text   not null,
    single_keys  bigint not null,
    undo_seconds bigint not null,
    changed_at   bigint not null
);

-- A run whose asks wait for a person is neither running nor silent.
alter table runs add column open_asks bigint not null default 0;
-- Whether needs-you holds it because it fell silent.
alter table runs add column silent_need bigint not null default 0;
