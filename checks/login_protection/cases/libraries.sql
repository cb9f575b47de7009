-- settings: shared_preload_libraries=auth_delay,passwordcheck
-- The delay is 0 until it is set.
-- expect: ok shared_preload_libraries
alter system set auth_delay.milliseconds = '10ms';
-- expect: ok shared_preload_libraries
select pg_reload_conf();
-- expect: ok
create role anna;
-- expect: ok
