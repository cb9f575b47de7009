SELECT CAST(a.datname AS text) AS database,
       CAST(a.usename AS text) AS role,
       coalesce(nullif(a.application_name, ''), '[unknown]') AS application,
       count(*) AS sessions,
       count(*) FILTER (WHERE a.state = 'active') AS active
FROM pg_stat_activity AS a
WHERE a.backend_type = 'client backend'
  AND a.pid <> pg_backend_pid()
  AND NOT (a.usename = session_user AND a.application_name LIKE 'posemo/%')
GROUP BY a.datname, a.usename, a.application_name
-- Clients choose the names, so their number has no limit.
ORDER BY 4 DESC, 1, 2, 3
LIMIT 50
