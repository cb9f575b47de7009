-- servers: ..14
-- A collector that hangs cannot be provoked with SQL.
-- expect: ok
create table counted as select generate_series(1, 100) as n;
select pg_stat_clear_snapshot();
-- expect: ok
drop table counted;
-- expect: ok
