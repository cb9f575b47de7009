WITH client AS (
    SELECT a.datname,
           CASE WHEN a.state = 'active' AND a.wait_event_type = 'Lock' THEN 'waiting' ELSE a.state END AS state,
           CAST(greatest(extract(epoch FROM clock_timestamp() - a.state_change), 0) AS double precision) AS age
    FROM pg_stat_activity AS a
    WHERE a.backend_type = 'client backend'
      AND a.datname IS NOT NULL
      AND a.pid <> pg_backend_pid()
      AND NOT (a.usename = session_user AND a.application_name LIKE 'posemo/%')
)
SELECT CAST(c.datname AS text) AS database,
       count(*) FILTER (WHERE c.state = 'active') AS active,
       count(*) FILTER (WHERE c.state = 'waiting') AS waiting,
       count(*) FILTER (WHERE c.state = 'idle') AS idle,
       count(*) FILTER (WHERE c.state = 'idle in transaction') AS idle_in_transaction,
       count(*) FILTER (WHERE c.state = 'idle in transaction (aborted)') AS aborted,
       count(*) FILTER (WHERE coalesce(c.state, '') NOT IN ('active', 'waiting', 'idle', 'idle in transaction',
                                                            'idle in transaction (aborted)')) AS other,
       max(c.age) FILTER (WHERE c.state = 'active') AS oldest_active,
       max(c.age) FILTER (WHERE c.state = 'waiting') AS oldest_waiting,
       max(c.age) FILTER (WHERE c.state = 'idle') AS oldest_idle,
       max(c.age) FILTER (WHERE c.state LIKE 'idle in transaction%') AS oldest_idle_in_transaction
FROM client AS c
GROUP BY c.datname
