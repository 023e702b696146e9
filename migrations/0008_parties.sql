-- Who had a hand in a run, so that somebody else verifies it; and what a list or a later success looks for.
alter table runs add column claimed_by_id uuid;
alter table runs add column finished_by uuid;

create index runs_lost on runs (engagement_id, created_at desc, id desc) where lost = 1;

-- A failure that is told after a later success of its subject finds that success by when it began.
drop index runs_successes;
create index runs_successes on runs (engagement_id, subject, active_at)
    where outcome = 'succeeded' and subject is not null;
