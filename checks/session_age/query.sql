SELECT DISTINCT ON (a.datname, a.usename)
       CAST(a.datname AS text) AS database,
       CAST(a.usename AS text) AS role,
       CAST(greatest(extract(epoch FROM clock_timestamp() - a.backend_start), 0) AS double precision) AS age,
       count(*) OVER (PARTITION BY a.datname, a.usename) AS sessions,
       a.pid AS pid,
       nullif(a.application_name, '') AS application,
       host(a.client_addr) AS client
FROM pg_stat_activity AS a
WHERE a.backend_type = 'client backend'
  AND a.pid <> pg_backend_pid()
  AND NOT (a.usename = session_user AND a.application_name LIKE 'posemo/%')
ORDER BY a.datname, a.usename, a.backend_start
