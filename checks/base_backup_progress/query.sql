SELECT DISTINCT ON (a.application_name)
       coalesce(nullif(a.application_name, ''), '[unknown]') AS application,
       CAST(greatest(extract(epoch FROM clock_timestamp() - coalesce(a.query_start, a.backend_start)), 0)
           AS double precision) AS running,
       CASE WHEN b.backup_total > 0
            THEN CAST(least(100.0 * b.backup_streamed / b.backup_total, 100) AS double precision)
       END AS done,
       b.backup_streamed AS sent,
       count(*) OVER (PARTITION BY a.application_name) AS backups,
       b.phase AS phase,
       host(a.client_addr) AS client,
       b.pid AS pid
FROM pg_stat_progress_basebackup AS b
JOIN pg_stat_activity AS a ON a.pid = b.pid
ORDER BY a.application_name, coalesce(a.query_start, a.backend_start)
