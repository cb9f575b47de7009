SELECT CAST(d.datname AS text) AS database,
       pg_database_size(d.oid) AS size,
       d.datconnlimit <> -2 AS usable,
       CAST(t.spcname AS text) AS tablespace
FROM pg_database AS d
LEFT JOIN pg_tablespace AS t ON t.oid = d.dattablespace
-- A template such as template0 does not allow connections, so it cannot grow. To read its files takes as long as for others.
WHERE d.datallowconn OR NOT d.datistemplate
