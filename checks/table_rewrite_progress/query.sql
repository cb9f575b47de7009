SELECT CAST(c.datname AS text) AS database,
       c.relid AS relation_id,
       CAST(greatest(extract(epoch FROM clock_timestamp() - a.xact_start), 0) AS double precision) AS running,
       CAST(100.0 * c.heap_blks_scanned / nullif(c.heap_blks_total, 0) AS double precision) AS done,
       c.command AS command,
       c.phase AS phase,
       c.pid AS pid
FROM pg_stat_progress_repack AS c
JOIN pg_stat_activity AS a ON a.pid = c.pid
