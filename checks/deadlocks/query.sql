SELECT CAST(d.datname AS text) AS database,
       s.deadlocks AS deadlocks
FROM pg_database AS d
JOIN pg_stat_database AS s ON s.datid = d.oid
WHERE d.datallowconn
  AND NOT d.datistemplate
  AND d.datconnlimit <> -2
ORDER BY 2 DESC, 1
