-- What was really said where everybody reads safe words, starts that may be sent twice, and lists by type and outcome.

-- The words of a worker that its run shows in a safe form: one row per field, the last ones said. Secrets are not in it.
create table run_raw_words (
    engagement_id uuid   not null,
    run_id        uuid   not null,
    field         text   not null,
    words         text   not null,
    at            bigint not null,
    primary key (engagement_id, run_id, field)
);

-- What a caller's key of a start stands for: the hash of what was asked, and the run that it was answered with.
create table idempotency_keys (
    engagement_id uuid   not null,
    person_id     uuid   not null,
    key           text   not null,
    request_hash  bytea  not null,
    run_id        uuid,
    created       bigint not null,
    created_at    bigint not null,
    primary key (engagement_id, person_id, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

-- A list of one type or one outcome finds a rare one without walking through history.
create index runs_by_type on runs (engagement_id, type, created_at desc, id desc);
create index runs_by_outcome on runs (engagement_id, outcome, created_at desc, id desc) where outcome is not null;
