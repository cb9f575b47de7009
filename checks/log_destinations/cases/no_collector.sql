-- wait: 10s
-- ALTER SYSTEM cannot run in a transaction, so each block contains one.
-- expect: ok logging_collector
alter system set log_destination = 'csvlog';
-- expect: ok logging_collector
select pg_reload_conf();
-- expect: warning log_destination
alter system reset log_destination;
-- expect: warning log_destination
select pg_reload_conf();
-- expect: ok logging_collector
