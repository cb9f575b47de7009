SELECT c.buffers_written AS checkpointer,
       b.buffers_clean AS cleaner,
       b.maxwritten_clean AS cleaner_stops,
       i.writes AS backends,
       i.fsyncs AS backend_fsyncs,
       b.buffers_alloc AS allocated
FROM pg_stat_bgwriter AS b
CROSS JOIN pg_stat_checkpointer AS c
CROSS JOIN (
    -- Temporary tables and WAL are not in shared buffers.
    SELECT CAST(sum(coalesce(o.writes, 0) + coalesce(o.extends, 0)) AS bigint) AS writes,
           CAST(sum(coalesce(o.fsyncs, 0)) AS bigint) AS fsyncs
    FROM pg_stat_io AS o
    WHERE o.object = 'relation'
      AND o.backend_type NOT IN ('checkpointer', 'background writer')
) AS i
