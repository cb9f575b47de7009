-- settings: log_connections=on, log_disconnections=on, log_replication_commands=on, log_checkpoints=on, log_lock_waits=on, log_temp_files=0, log_autovacuum_min_duration=10min, log_line_prefix=%m-%p-%u-%d-%h
-- wait: 10s
-- ALTER SYSTEM cannot run in a transaction, so each block contains one.
-- expect: ok log_statement
alter system set log_statement = 'ddl';
-- expect: ok log_statement
select pg_reload_conf();
-- expect: ok
alter system set log_connections = off;
-- expect: ok
select pg_reload_conf();
-- expect: ok log_connections
alter system reset log_connections;
-- expect: ok log_connections
select pg_reload_conf();
-- expect: ok
