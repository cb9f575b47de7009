-- settings: work_mem=5MB
-- wait: 10s
-- ALTER SYSTEM cannot run in a transaction, so each block contains one.
-- expect: ok
alter system set work_mem = '6MB';
-- expect: ok
select pg_reload_conf();
-- expect: ok work_mem
alter system reset work_mem;
-- expect: ok
select pg_reload_conf();
-- expect: ok
