SELECT CAST(CAST(w.oid AS regclass) AS text) AS "table",
       CAST(extract(epoch FROM clock_timestamp() - greatest(w.manual, w.automatic)) AS double precision) AS age,
       CAST(extract(epoch FROM clock_timestamp() - w.automatic) AS double precision) AS automatic,
       w.changed AS changed,
       pg_stat_get_live_tuples(w.oid) AS rows
FROM (
    SELECT c.oid,
           pg_stat_get_last_vacuum_time(c.oid) AS manual,
           pg_stat_get_last_autovacuum_time(c.oid) AS automatic,
           pg_stat_get_dead_tuples(c.oid) AS changed
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'm')
      AND c.relpersistence <> 't'
      -- A table without changes needs no vacuum, however long ago the last one was.
      AND pg_stat_get_dead_tuples(c.oid) >= greatest(last_vacuum.minimum, bigint '1')
) AS w
ORDER BY greatest(w.manual, w.automatic) NULLS LAST, w.changed DESC, w.oid
LIMIT 50
