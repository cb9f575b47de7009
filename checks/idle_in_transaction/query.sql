SELECT DISTINCT ON (a.datname, a.usename)
       CAST(a.datname AS text) AS database,
       CAST(a.usename AS text) AS role,
       CAST(greatest(extract(epoch FROM clock_timestamp() - a.state_change), 0) AS double precision) AS idle,
       count(*) OVER (PARTITION BY a.datname, a.usename) AS sessions,
       a.pid AS pid,
       CAST(greatest(extract(epoch FROM clock_timestamp() - a.xact_start), 0) AS double precision) AS open,
       a.backend_xid IS NOT NULL AS holds_xid,
       nullif(a.application_name, '') AS application
FROM pg_stat_activity AS a
WHERE a.state IN ('idle in transaction', 'idle in transaction (aborted)')
  AND a.backend_type = 'client backend'
  AND a.pid <> pg_backend_pid()
  AND NOT (a.usename = session_user AND a.application_name LIKE 'posemo/%')
  AND NOT EXISTS (
    SELECT FROM unnest(string_to_array(left(idle_in_transaction.except_applications, 4096), ',')) AS e (name)
    WHERE trim(e.name) = a.application_name AND a.application_name <> '')
ORDER BY a.datname, a.usename, a.state_change
