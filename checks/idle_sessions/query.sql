SELECT DISTINCT ON (a.datname, a.usename)
       CAST(a.datname AS text) AS database,
       CAST(a.usename AS text) AS role,
       CAST(extract(epoch FROM clock_timestamp() - a.state_change) AS double precision) AS oldest,
       count(*) OVER (PARTITION BY a.datname, a.usename) AS sessions,
       a.pid AS pid,
       nullif(a.application_name, '') AS application,
       host(a.client_addr) AS client
FROM pg_stat_activity AS a
WHERE a.state = 'idle'
  AND a.backend_type = 'client backend'
  AND a.pid <> pg_backend_pid()
  AND NOT (a.usename = session_user AND a.application_name LIKE 'posemo/%')
  AND a.state_change <= clock_timestamp() - make_interval(secs => least(greatest(idle_sessions.minimum, 0), 3e9))
ORDER BY a.datname, a.usename, a.state_change
