-- Whoever waits in a call is known by the id of their session, which is looked up again before each answer.
create unique index sessions_by_id on sessions (id);
