-- servers: 15..
-- settings: archive_mode=on, archive_command=true
-- expect: ok
select pg_backup_start('nightly', true);
select pg_backup_stop(false);
-- expect: ok
