SELECT CASE WHEN c.num_timed + c.num_requested >= greatest(checkpoint_pressure.minimum, 1)
            THEN CAST(c.num_requested AS double precision) / (c.num_timed + c.num_requested)
       END AS requested_share,
       c.num_timed AS timed,
       c.num_requested AS requested,
       c.write_time / 1000 AS write_time,
       c.sync_time / 1000 AS sync_time
FROM pg_stat_checkpointer AS c
