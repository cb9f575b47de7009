-- settings: checkpoint_timeout=10min, max_wal_size=1GB
-- wait: 20s
-- No scenario lasts half an hour, so an old time is written on the segments. First the server is idle: then the time
-- has no meaning.
-- expect: ok
checkpoint;
copy (select 1) to program 'cat > /dev/null; touch -d "5 hours ago" pg_wal/0*';
-- expect: ok
create table filling (n int);
select pg_switch_wal();
insert into filling values (1);
copy (select 1) to program 'cat > /dev/null; touch -d "5 hours ago" pg_wal/0*';
-- expect: ok
select pg_switch_wal();
insert into filling values (2);
-- expect: ok
copy (select 1) to program 'cat > /dev/null; touch -d "35 min ago" pg_wal/0*';
-- expect: warning
copy (select 1) to program 'cat > /dev/null; touch -d "65 min ago" pg_wal/0*';
-- expect: critical
checkpoint;
-- expect: ok
