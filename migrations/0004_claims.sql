-- Runs that wait for a worker of somebody's own: who holds them, until when, and what they are to work on.

-- Whether the run is offered to workers; fence counts its claims, and only whoever holds the last one is heard.
alter table runs add column claimable bigint not null default 0;
alter table runs add column fence bigint not null default 0;
-- The worker's name. It stays after the end, and goes when the run is offered again.
alter table runs add column claimed_by text;
-- Null when nobody holds the run.
alter table runs add column lease_until bigint;
alter table runs add column lease_micros bigint;

-- The runs that wait for a worker, oldest first; and the leases that run out, for the loop that ends them.
create index runs_offered on runs (engagement_id, type, created_at, id)
    where claimable = 1 and lease_until is null and status <> 'completed';
create index runs_leases on runs (lease_until) where lease_until is not null;

-- Of offered runs only, sealed, and only until the end of the run.
create table run_inputs (
    engagement_id uuid  not null,
    run_id        uuid  not null,
    sealed        bytea not null,
    primary key (engagement_id, run_id)
);
