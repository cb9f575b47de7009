-- settings: logging_collector=on, log_checkpoints=on, log_directory=log
-- wait: 10s
-- A disk without space cannot be made here; the times of the files are those of a log that stopped two hours ago.
-- expect: ok
checkpoint;
-- expect: ok
copy (select 1) to program 'touch -d "2 hours ago" log/*';
-- expect: warning log_directory
-- A file that was opened in the same second has the same name, so a line makes it new.
select pg_rotate_logfile();
checkpoint;
-- expect: ok
