SELECT CAST(d.datname AS text) AS database
FROM pg_database AS d
WHERE d.datconnlimit = -2
  -- DROP DATABASE marks the database first and then removes its files; its session holds this lock.
  AND NOT EXISTS (
    SELECT FROM pg_locks AS l
    WHERE l.locktype = 'object'
      AND l.classid = CAST('pg_database' AS regclass)
      AND l.objid = d.oid
      AND l.mode = 'AccessExclusiveLock'
      AND l.granted)
ORDER BY 1
