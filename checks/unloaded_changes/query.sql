WITH place AS MATERIALIZED (
    SELECT concat(current_setting('data_directory'), '/') AS data
), file AS (
    SELECT current_setting('config_file') AS path
    UNION
    SELECT current_setting('hba_file')
    UNION
    SELECT current_setting('ident_file')
    UNION
    SELECT concat(p.data, 'postgresql.auto.conf') FROM place AS p
    UNION
    -- Included files.
    SELECT f.sourcefile FROM pg_show_all_file_settings() AS f WHERE f.sourcefile IS NOT NULL
)
SELECT f.path AS file,
       CASE WHEN s.modification > pg_conf_load_time()
            THEN CAST(extract(epoch FROM clock_timestamp() - s.modification) AS double precision)
            WHEN s.modification IS NOT NULL THEN float8 '0'
       END AS unloaded
FROM file AS f
CROSS JOIN place AS p
-- The owner of the function may see the time of a file in the data directory only.
CROSS JOIN LATERAL pg_stat_file(CASE WHEN starts_with(f.path, p.data) THEN substr(f.path, length(p.data) + 1) END) AS s
