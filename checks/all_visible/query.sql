SELECT CAST(CAST(c.oid AS regclass) AS text) AS "table",
       -- The numbers are estimates, which analyze can update separately.
       float8 '100' * least(c.relallvisible, c.relpages) / c.relpages AS visible,
       float8 '100' * least(c.relallfrozen, c.relpages) / c.relpages AS frozen,
       c.relpages * CAST(current_setting('block_size') AS bigint) AS size
FROM pg_class AS c
WHERE c.relkind IN ('r', 'm')
  AND c.relpersistence <> 't'
  AND c.relpages > 0
ORDER BY c.relpages DESC, c.oid
LIMIT 50
