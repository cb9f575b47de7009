SELECT CAST(extract(epoch FROM clock_timestamp() - c.restarted) AS double precision) AS since_crash,
       c.restarted AS restarted
FROM (
    -- These processes start at the end of a crash recovery, or at the beginning of an archive recovery. They end only with
    -- the server, or when all processes are restarted.
    SELECT min(a.backend_start) AS restarted
    FROM pg_stat_activity AS a
    WHERE a.backend_type IN ('checkpointer', 'background writer')
    HAVING min(a.backend_start) > pg_postmaster_start_time() + interval '1 minute'
) AS c
RIGHT JOIN (SELECT) AS always ON true
