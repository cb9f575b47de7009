-- settings: checkpoint_timeout=1d
-- wait: 60s
-- A CHECKPOINT command counts in the same way as a checkpoint because of max_wal_size.
-- expect: ok
do $$ begin for i in 1..120 loop checkpoint; end loop; end $$;
-- expect: warning
select pg_stat_reset_shared(
    case when current_setting('server_version_num')::int < 170000 then 'bgwriter' else 'checkpointer' end);
-- expect: ok
