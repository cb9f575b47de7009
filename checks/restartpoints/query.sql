SELECT c.restartpoints_timed AS timed,
       c.restartpoints_req AS requested,
       c.restartpoints_done AS done,
       c.write_time / 1000 AS write_time,
       c.sync_time / 1000 AS sync_time
FROM pg_stat_checkpointer AS c
