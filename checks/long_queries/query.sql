SELECT DISTINCT ON (a.datname, a.usename)
       CAST(a.datname AS text) AS database,
       CAST(a.usename AS text) AS role,
       CAST(greatest(extract(epoch FROM clock_timestamp() - a.query_start), 0) AS double precision) AS running,
       count(*) FILTER (WHERE a.query_start <= clock_timestamp() - make_interval(secs => least(greatest(long_queries.minimum, 0), 3e9)))
           OVER (PARTITION BY a.datname, a.usename) AS statements,
       a.pid AS pid,
       a.wait_event_type || ' ' || a.wait_event AS waits_for,
       nullif(a.application_name, '') AS application
FROM pg_stat_activity AS a
WHERE a.state = 'active'
  -- A process that sends WAL to a standby is active as long as the standby is connected.
  AND a.backend_type = 'client backend'
  AND a.pid <> pg_backend_pid()
  AND NOT (a.usename = session_user AND a.application_name LIKE 'posemo/%')
  -- VACUUM of a big table takes hours.
  AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum AS v WHERE v.pid = a.pid)
ORDER BY a.datname, a.usename, a.query_start
