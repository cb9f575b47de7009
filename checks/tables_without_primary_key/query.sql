SELECT CAST(CAST(c.oid AS regclass) AS text) AS "table",
       -- -1 means that the table was never counted.
       CASE WHEN c.reltuples >= 0 AND c.relkind = 'r' THEN CAST(c.reltuples AS bigint) END AS rows,
       (
           SELECT CAST(CAST(i.indexrelid AS regclass) AS text)
           FROM pg_index AS i
           WHERE i.indrelid = c.oid
             AND i.indisunique AND i.indimmediate AND i.indisvalid
             AND i.indpred IS NULL AND i.indexprs IS NULL
             AND NOT EXISTS (
                 SELECT FROM pg_attribute AS a
                 WHERE a.attrelid = c.oid AND a.attnum = ANY (CAST(i.indkey AS int2[])) AND NOT a.attnotnull)
           ORDER BY i.indnatts, i.indexrelid
           LIMIT 1
       ) AS unique_index
FROM pg_class AS c
WHERE c.relkind IN ('r', 'p')
  AND c.oid >= oid '16384'
  AND c.relpersistence <> 't'
  -- The table of a partition is in the list instead.
  AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary)
  -- The tables of an extension belong to its author.
  AND NOT EXISTS (
      SELECT FROM pg_depend AS d
      WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.reltuples DESC, 1
