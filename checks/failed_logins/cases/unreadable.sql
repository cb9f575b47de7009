-- settings: logging_collector=on, log_destination=stderr
-- wait: 10s
-- ALTER SYSTEM cannot run in a transaction, so each block contains one.
-- expect: unknown
alter system set log_destination = csvlog;
-- expect: unknown
select pg_reload_conf();
-- expect: ok
copy (select 1) to program 'cat > /dev/null; rm -f log/*.csv';
-- expect: unknown
select pg_rotate_logfile();
-- expect: ok
