SELECT CAST(CAST(c.oid AS regclass) AS text) AS "table",
       pg_stat_get_numscans(c.oid) AS scans,
       pg_stat_get_tuples_returned(c.oid) AS rows,
       CAST(NULL AS double precision) AS last,
       c.relpages * CAST(current_setting('block_size') AS bigint) AS size
FROM pg_class AS c
-- A sequential scan of a small table is the fastest way to read it.
WHERE c.relpages >= sequential_scans.minimum / (SELECT CAST(current_setting('block_size') AS bigint))
  AND c.relpages > 0
  AND c.relkind IN ('r', 'm')
  AND c.relpersistence <> 't'
  AND pg_stat_get_numscans(c.oid) > bigint '0'
ORDER BY rows DESC, c.oid
LIMIT 50
