-- A row of a run shows the title of the oldest question that is still open for it.
create index asks_open_of_run on asks (engagement_id, run_id, created_at, id) where closed_at is null;
