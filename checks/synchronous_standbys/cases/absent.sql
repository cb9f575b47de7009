-- A wrong name is the usual cause. The session of the scenario does not wait for its own commits. ALTER SYSTEM cannot
-- run in a transaction, so each block contains one.
-- expect: ok
set synchronous_commit = local;
-- expect: ok
alter system set synchronous_standby_names = 'db2';
-- expect: ok
select pg_reload_conf();
-- expect: critical
alter system set synchronous_standby_names = 'ANY 0001 ( "odd, ) name" , * )';
-- expect: critical
select pg_reload_conf();
-- expect: critical
alter system set synchronous_commit = local;
-- expect: critical
select pg_reload_conf();
-- expect: ok
alter system reset synchronous_commit;
-- expect: ok
alter system reset synchronous_standby_names;
-- expect: ok
select pg_reload_conf();
-- expect: ok
