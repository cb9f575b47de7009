SELECT coalesce(a.wait_event_type, 'running') AS type,
       a.wait_event AS event,
       count(*) AS sessions
FROM pg_stat_activity AS a
WHERE a.state = 'active'
  AND a.backend_type <> 'walsender'
  AND a.pid <> pg_backend_pid()
  AND NOT (a.usename = session_user AND a.application_name LIKE 'posemo/%')
GROUP BY 1, 2
ORDER BY 3 DESC, 1, 2
LIMIT 100
