-- settings: autovacuum_naptime=1s, autovacuum_vacuum_cost_delay=100ms, autovacuum_vacuum_cost_limit=1
-- wait: 10s
-- A worker that the cost limit slows down.
-- expect: ok
create table slow as select generate_series(1, 100000) as n;
delete from slow where n % 2 = 0;
-- expect: ok
drop table slow;
-- expect: ok
