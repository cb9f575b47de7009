-- wait: 10s
-- Autovacuum was turned off for a bulk load. ALTER SYSTEM cannot run in a transaction, so each block contains one.
-- expect: ok
alter system set autovacuum = off;
-- expect: ok
select pg_reload_conf();
-- expect: critical autovacuum
alter system set autovacuum_vacuum_cost_delay = '100ms';
-- expect: critical autovacuum
alter system set track_counts = off;
-- expect: critical autovacuum
select pg_reload_conf();
-- expect: critical autovacuum, critical track_counts, warning autovacuum_vacuum_cost_delay
alter system set autovacuum_vacuum_cost_limit = 2000;
-- expect: critical track_counts
alter system set autovacuum_naptime = '1d';
-- expect: critical track_counts
alter system set autovacuum_vacuum_scale_factor = 1;
-- expect: critical track_counts
alter system reset autovacuum;
-- expect: critical autovacuum
alter system reset track_counts;
-- expect: critical autovacuum
select pg_reload_conf();
-- expect: warning autovacuum_naptime, warning autovacuum_vacuum_scale_factor
alter system reset all;
-- expect: warning autovacuum_naptime
select pg_reload_conf();
-- expect: ok
