-- settings: archive_mode=off
-- expect: ok
select pg_switch_wal();
-- expect: ok
