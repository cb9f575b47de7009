-- servers: 12..14
-- The scenario writes an old time into the file, as no scenario lasts a day.
-- expect: ok
select pg_start_backup('nightly', true);
-- expect: ok
copy (select 1) to program 'cat > /dev/null; sed -i "s/TIME: .*/TIME: 2020-01-01 00:00:00 UTC/" backup_label';
-- expect: critical
select pg_stop_backup();
-- expect: ok
