SELECT CAST(d.datname AS text) AS database,
       s.sessions AS sessions,
       s.sessions_abandoned AS abandoned,
       s.sessions_fatal AS fatal,
       s.sessions_killed AS killed,
       s.session_time / 1000 AS session_time,
       s.active_time / 1000 AS active_time,
       s.idle_in_transaction_time / 1000 AS idle_in_transaction_time
FROM pg_database AS d
JOIN pg_stat_database AS s ON s.datid = d.oid
WHERE d.datallowconn
  AND NOT d.datistemplate
  AND d.datconnlimit <> -2
ORDER BY s.sessions DESC, 1
