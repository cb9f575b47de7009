SELECT CAST(t.spcname AS text) AS tablespace,
       pg_tablespace_size(t.oid) AS size,
       nullif(pg_tablespace_location(t.oid), '') AS location
FROM pg_tablespace AS t
