SELECT CAST(v.datname AS text) AS database,
       v.relid AS relation_id,
       CAST(greatest(extract(epoch FROM clock_timestamp() - a.xact_start), 0) AS double precision) AS running,
       CAST(100.0 * v.heap_blks_scanned / nullif(v.heap_blks_total, 0) AS double precision) AS done,
       v.index_vacuum_count AS index_passes,
       CAST(NULL AS double precision) AS delayed,
       v.phase AS phase,
       a.backend_type = 'autovacuum worker' AS automatic,
       a.backend_type = 'autovacuum worker' AND a.query LIKE 'autovacuum:%(to prevent wraparound)' AS anti_wraparound,
       v.pid AS pid
FROM pg_stat_progress_vacuum AS v
JOIN pg_stat_activity AS a ON a.pid = v.pid
