SELECT CASE WHEN b.checkpoints_timed + b.checkpoints_req >= greatest(checkpoint_pressure.minimum, 1)
            THEN CAST(b.checkpoints_req AS double precision) / (b.checkpoints_timed + b.checkpoints_req)
       END AS requested_share,
       b.checkpoints_timed AS timed,
       b.checkpoints_req AS requested,
       b.checkpoint_write_time / 1000 AS write_time,
       b.checkpoint_sync_time / 1000 AS sync_time
FROM pg_stat_bgwriter AS b
