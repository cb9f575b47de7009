SELECT CAST(CAST(w.oid AS regclass) AS text) AS "table",
       CAST(extract(epoch FROM clock_timestamp() - greatest(w.manual, w.automatic)) AS double precision) AS age,
       CAST(extract(epoch FROM clock_timestamp() - w.automatic) AS double precision) AS automatic,
       w.changed AS changed,
       w.rows AS rows,
       w.partitioned AS partitioned
FROM (
    SELECT c.oid,
           c.relkind = 'p' AS partitioned,
           pg_stat_get_last_analyze_time(c.oid) AS manual,
           pg_stat_get_last_autoanalyze_time(c.oid) AS automatic,
           CASE WHEN c.relkind <> 'p' THEN pg_stat_get_mod_since_analyze(c.oid) END AS changed,
           CASE WHEN c.relkind = 'p' THEN CAST(c.reltuples AS bigint) ELSE pg_stat_get_live_tuples(c.oid) END AS rows
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'm', 'p')
      AND c.relpersistence <> 't'
      -- A table without changes needs no analyze, however long ago the last one was. The changes of a partitioned table
      -- are not counted; it has a number of rows after its first analyze.
      AND CASE WHEN c.relkind = 'p' THEN CAST(c.reltuples AS float8) >= CAST(last_analyze.minimum AS float8)
               ELSE pg_stat_get_mod_since_analyze(c.oid) >= greatest(last_analyze.minimum, bigint '1')
          END
) AS w
ORDER BY greatest(w.manual, w.automatic) NULLS LAST, w.changed DESC NULLS LAST, w.oid
LIMIT 50
