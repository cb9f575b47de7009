SELECT CAST(p.datname AS text) AS database,
       p.relid AS relation_id,
       CAST(greatest(extract(epoch FROM clock_timestamp() - a.xact_start), 0) AS double precision) AS running,
       CAST(100.0 * p.sample_blks_scanned / nullif(p.sample_blks_total, 0) AS double precision) AS done,
       CAST(NULL AS double precision) AS delayed,
       p.phase AS phase,
       a.backend_type = 'autovacuum worker' AS automatic,
       p.pid AS pid
FROM pg_stat_progress_analyze AS p
JOIN pg_stat_activity AS a ON a.pid = p.pid
