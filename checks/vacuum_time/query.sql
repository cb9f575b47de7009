SELECT CAST(CAST(w.oid AS regclass) AS text) AS "table",
       w.vacuum / float8 '1000' AS vacuum,
       w.autovacuum / float8 '1000' AS autovacuum,
       w."analyze" / float8 '1000' AS "analyze",
       w.autoanalyze / float8 '1000' AS autoanalyze
FROM (
    SELECT c.oid,
           pg_stat_get_total_vacuum_time(c.oid) AS vacuum,
           pg_stat_get_total_autovacuum_time(c.oid) AS autovacuum,
           pg_stat_get_total_analyze_time(c.oid) AS "analyze",
           pg_stat_get_total_autoanalyze_time(c.oid) AS autoanalyze
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'm')
      AND c.relpersistence <> 't'
    OFFSET 0
) AS w
WHERE w.vacuum + w.autovacuum + w."analyze" + w.autoanalyze > float8 '0'
ORDER BY w.vacuum + w.autovacuum + w."analyze" + w.autoanalyze DESC, w.oid
LIMIT 50
