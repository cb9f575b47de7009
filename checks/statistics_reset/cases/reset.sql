-- expect: ok
select pg_stat_reset();
-- expect: ok
select pg_stat_reset_shared('bgwriter');
-- expect: ok
