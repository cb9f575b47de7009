SELECT DISTINCT ON (a.datname, a.usename)
       CAST(a.datname AS text) AS database,
       CAST(a.usename AS text) AS role,
       CAST(greatest(extract(epoch FROM clock_timestamp() - a.xact_start), 0) AS double precision) AS open,
       count(*) OVER (PARTITION BY a.datname, a.usename) AS transactions,
       a.pid AS pid,
       a.state AS state,
       nullif(a.application_name, '') AS application
FROM pg_stat_activity AS a
WHERE a.xact_start IS NOT NULL
  -- Replication keeps a transaction open while it creates a slot, and autovacuum is watched by other checks.
  AND a.backend_type = 'client backend'
  AND a.pid <> pg_backend_pid()
  AND NOT (a.usename = session_user AND a.application_name LIKE 'posemo/%')
  -- VACUUM of a big table takes hours, and does not hold back other vacuums.
  AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum AS v WHERE v.pid = a.pid)
ORDER BY a.datname, a.usename, a.xact_start
