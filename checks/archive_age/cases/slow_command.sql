-- settings: archive_mode=on, archive_command=false, archive_timeout=1h
-- wait: 60s
-- An hour of waiting is too long for a scenario, so an old time is written on the file that waits.
-- expect: ok
create table filling (n int);
insert into filling values (1);
select pg_switch_wal();
-- expect: ok
copy (select 1) to program 'cat > /dev/null; touch -d "4 hours ago" pg_wal/archive_status/*.ready';
-- expect: warning
copy (select 1) to program 'cat > /dev/null; touch -d "11 hours ago" pg_wal/archive_status/*.ready';
-- expect: critical
alter system set archive_command = 'true';
-- expect: critical
select pg_reload_conf();
insert into filling values (2);
select pg_switch_wal();
-- expect: ok
