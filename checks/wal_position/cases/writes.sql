-- The number only grows, so it never alerts.
-- expect: ok
create table filling as select n from generate_series(1, 1000) as n;
select pg_switch_wal();
-- expect: ok
