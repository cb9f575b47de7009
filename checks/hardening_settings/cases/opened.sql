-- wait: 10s
-- ALTER SYSTEM cannot run in a transaction, so each block contains one.
-- expect: ok
alter system set lo_compat_privileges = on;
-- expect: ok
alter system set dynamic_library_path = '/tmp:$libdir';
-- expect: ok
select pg_reload_conf();
-- expect: warning lo_compat_privileges, warning dynamic_library_path
alter system reset lo_compat_privileges;
-- expect: warning
alter system reset dynamic_library_path;
-- expect: warning
select pg_reload_conf();
-- expect: ok
