SELECT CAST(d.datname AS text) AS database,
       -- The function raises an error for a database that was dropped since the query began; the privilege is then NULL.
       CASE WHEN has_database_privilege(d.oid, 'CONNECT') IS NOT NULL THEN pg_database_size(d.oid) END AS size,
       CASE WHEN d.datconnlimit <> -2 THEN true
            -- DROP DATABASE sets the limit before it removes the files, and holds this lock until its end.
            WHEN NOT EXISTS (
                SELECT FROM pg_locks AS l
                WHERE l.locktype = 'object'
                  AND l.classid = CAST('pg_database' AS regclass)
                  AND l.objid = d.oid
                  AND l.mode = 'AccessExclusiveLock') THEN false
       END AS usable,
       CAST(t.spcname AS text) AS tablespace
FROM pg_database AS d
LEFT JOIN pg_tablespace AS t ON t.oid = d.dattablespace
-- A template such as template0 does not allow connections, so it cannot grow. To read its files takes as long as for others.
WHERE d.datallowconn OR NOT d.datistemplate
