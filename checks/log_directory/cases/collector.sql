-- settings: logging_collector=on
-- expect: ok
select pg_rotate_logfile();
-- expect: ok
