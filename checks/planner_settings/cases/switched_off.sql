-- settings: enable_partitionwise_join=on
-- wait: 10s
-- expect: ok
alter system set enable_seqscan = off;
-- expect: ok
select pg_reload_conf();
-- expect: warning enable_seqscan
alter system reset all;
-- expect: warning enable_seqscan
select pg_reload_conf();
-- expect: ok
