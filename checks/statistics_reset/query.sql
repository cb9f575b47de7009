SELECT r.kind AS kind,
       CAST(extract(epoch FROM clock_timestamp() - r.reset) AS double precision) AS age
FROM (
    SELECT 'database ' || CAST(d.datname AS text) AS kind, pg_stat_get_db_stat_reset_time(d.oid) AS reset
    FROM pg_database AS d
    WHERE NOT d.datistemplate
    UNION ALL
    SELECT 'archiver', (SELECT a.stats_reset FROM pg_stat_archiver AS a)
    UNION ALL
    SELECT 'background writer', pg_stat_get_bgwriter_stat_reset_time()
    UNION ALL
    SELECT 'checkpointer', pg_stat_get_checkpointer_stat_reset_time()
    UNION ALL
    SELECT 'wal', (SELECT w.stats_reset FROM pg_stat_wal AS w)
    UNION ALL
    SELECT 'io', (SELECT max(i.stats_reset) FROM pg_stat_io AS i)
    UNION ALL
    SELECT 'slru', (SELECT max(s.stats_reset) FROM pg_stat_slru AS s)
) AS r
