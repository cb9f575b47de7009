-- servers: 17..
-- No scenario lasts a day. A slot that was just created is not idle for long.
-- expect: ok
select pg_create_physical_replication_slot('away', true);
-- expect: ok
select pg_drop_replication_slot('away');
-- expect: ok
