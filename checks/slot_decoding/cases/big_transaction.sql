-- servers: 14..
-- settings: wal_level=logical, logical_decoding_work_mem=64kB
-- The counters only grow, so they never alert.
-- expect: ok
select pg_create_logical_replication_slot('capture', 'test_decoding');
-- expect: ok
create table filling as select n from generate_series(1, 5000) as n;
-- expect: ok
select count(*) from pg_logical_slot_get_changes('capture', null, null);
-- expect: ok
select pg_drop_replication_slot('capture');
-- expect: ok
