-- settings: logging_collector=on, log_checkpoints=on, log_directory=log
-- wait: 10s
-- expect: ok
checkpoint;
-- expect: ok
copy (select 1) to program 'rm -f log/*';
-- expect: warning log_directory
select pg_rotate_logfile();
-- expect: ok
