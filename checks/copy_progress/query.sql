SELECT DISTINCT ON (c.datname, c.relid)
       CAST(c.datname AS text) AS database,
       c.relid AS relation_id,
       CAST(greatest(extract(epoch FROM clock_timestamp() - a.query_start), 0) AS double precision) AS running,
       c.bytes_processed AS bytes,
       c.tuples_processed AS tuples,
       CASE WHEN c.bytes_total > 0
            THEN CAST(least(100.0 * c.bytes_processed / c.bytes_total, 100) AS double precision)
       END AS done,
       count(*) OVER (PARTITION BY c.datname, c.relid) AS commands,
       c.command AS command,
       c.type AS source,
       c.pid AS pid
FROM pg_stat_progress_copy AS c
JOIN pg_stat_activity AS a ON a.pid = c.pid
ORDER BY c.datname, c.relid, a.query_start
