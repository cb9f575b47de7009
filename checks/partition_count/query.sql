WITH RECURSIVE part AS (
    SELECT c.oid AS root, c.oid
    FROM pg_class AS c
    WHERE c.relkind = 'p'
      AND NOT c.relispartition
    UNION ALL
    SELECT p.root, h.inhrelid
    FROM part AS p
    JOIN pg_inherits AS h ON h.inhparent = p.oid
), partitioned AS MATERIALIZED (
    -- Only tables with an unusual number have a row.
    SELECT p.root AS oid, count(*) - 1 AS partitions
    FROM part AS p
    GROUP BY p.root
    HAVING count(*) - 1 >= 100
), indexed AS MATERIALIZED (
    SELECT i.indrelid AS oid
    FROM pg_index AS i
    WHERE i.indrelid >= oid '16384'
    GROUP BY i.indrelid
    HAVING count(*) >= 10
)
SELECT CAST(CAST(c.oid AS regclass) AS text) AS "table",
       (SELECT p.partitions FROM partitioned AS p WHERE p.oid = c.oid) AS partitions,
       (SELECT count(*) FROM pg_index AS i WHERE i.indrelid = c.oid) AS indexes
FROM (SELECT p.oid FROM partitioned AS p UNION SELECT i.oid FROM indexed AS i) AS u
JOIN pg_class AS c ON c.oid = u.oid
WHERE c.relkind IN ('r', 'p', 'm')
  AND NOT c.relispartition
  AND c.relpersistence <> 't'
