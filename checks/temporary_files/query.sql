SELECT 'tablespace ' || CAST(t.spcname AS text) AS place,
       l.live AS live,
       l.live_size AS live_size,
       CAST(NULL AS bigint) AS created,
       CAST(NULL AS bigint) AS written
FROM pg_tablespace AS t
CROSS JOIN LATERAL (
    SELECT count(*) AS live, CAST(coalesce(sum(f.size), 0) AS bigint) AS live_size
    FROM pg_ls_tmpdir(t.oid) AS f
) AS l
WHERE t.spcname <> 'pg_global'
UNION ALL
SELECT 'database ' || CAST(d.datname AS text),
       CAST(NULL AS bigint),
       CAST(NULL AS bigint),
       pg_stat_get_db_temp_files(d.oid),
       pg_stat_get_db_temp_bytes(d.oid)
FROM pg_database AS d
WHERE NOT d.datistemplate
