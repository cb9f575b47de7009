-- servers: 15..
-- settings: wal_level=logical
-- Without thresholds, files never alert.
-- expect: ok
select pg_create_logical_replication_slot('capture', 'test_decoding');
select pg_create_physical_replication_slot('standby', true);
-- expect: ok
select pg_drop_replication_slot('capture');
select pg_drop_replication_slot('standby');
-- expect: ok
