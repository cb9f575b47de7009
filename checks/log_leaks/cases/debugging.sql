-- wait: 10s
-- ALTER SYSTEM cannot run in a transaction, so each block contains one.
-- expect: ok
alter system set log_statement = 'all';
-- expect: ok
select pg_reload_conf();
-- expect: ok log_statement
alter system set debug_print_parse = on;
-- expect: ok log_statement
select pg_reload_conf();
-- expect: warning debug_print_parse, ok log_statement
alter system reset all;
-- expect: warning debug_print_parse
select pg_reload_conf();
-- expect: ok
