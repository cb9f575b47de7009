-- settings: autovacuum_naptime=1d
-- wait: 15s
-- pg_upgrade before 18 leaves tables without statistics, without a number of rows and without counted changes. The
-- scenario writes this into the system catalog.
-- expect: ok
create table kept as select n, repeat('x', 100) as note from generate_series(1, 120000) as n;
analyze kept;
-- A session counts its changes at most once a second. They must not arrive after pg_stat_reset().
select pg_sleep(1.2);
-- expect: ok
delete from pg_statistic where starelid = 'kept'::regclass;
update pg_class set relpages = 0, reltuples = -1 where oid = 'kept'::regclass;
select pg_stat_reset();
-- expect: warning public.kept
analyze kept;
-- expect: ok
drop table kept;
-- expect: ok
