SELECT CAST(CAST(c.oid AS regclass) AS text) AS "table",
       CAST(c.relnatts AS integer) AS columns,
       (SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attisdropped) AS dropped
FROM pg_class AS c
WHERE c.relkind IN ('r', 'p', 'f')
  AND c.relpersistence <> 't'
  -- Only tables with an unusual number of columns have a row.
  AND c.relnatts >= 500
  -- Most partitions have the columns of their table.
  AND NOT EXISTS (
      SELECT
      FROM pg_inherits AS h
      JOIN pg_class AS p ON p.oid = h.inhparent
      WHERE h.inhrelid = c.oid AND p.relnatts >= c.relnatts)
