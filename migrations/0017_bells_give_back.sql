-- A bell that waits and is cancelled was never heard: with it goes that its subscription rang, which is what counts for
-- at_most_every. This is when it rang before.
alter table deliveries add column rang_before bigint;
