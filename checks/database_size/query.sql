SELECT CAST(d.datname AS text) AS database,
       pg_database_size(d.oid) AS size,
       d.datconnlimit <> -2 AS usable,
       CAST(t.spcname AS text) AS tablespace
FROM pg_database AS d
LEFT JOIN pg_tablespace AS t ON t.oid = d.dattablespace
-- Nobody can connect to a template such as template0, so it cannot grow, and looking at its files would take as long as at another's.
WHERE d.datallowconn OR NOT d.datistemplate
ORDER BY usable, size DESC NULLS LAST, database
