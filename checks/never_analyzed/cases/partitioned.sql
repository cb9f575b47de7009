-- A partitioned table is listed, also while a session locks a partition.
-- expect: ok
create table events (n int) partition by range (n);
create table events_1 partition of events for values from (0) to (1000000);
insert into events select generate_series(1, 120000);
analyze events_1;
-- expect: ok
begin;
lock table events_1 in access exclusive mode;
-- expect: ok
commit;
drop table events;
-- expect: ok
