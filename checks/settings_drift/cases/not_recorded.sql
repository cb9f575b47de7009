-- wait: 10s
-- Without a recorded state, a change does not alarm.
-- expect: ok
alter system set work_mem = '5MB';
-- expect: ok
select pg_reload_conf();
-- expect: ok
