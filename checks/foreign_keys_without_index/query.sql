WITH RECURSIVE locked AS MATERIALIZED (
    -- To show an expression, the server locks its table. It must not wait for a session that changes the table.
    SELECT l.relation
    FROM pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      AND l.mode = 'AccessExclusiveLock'
), method AS MATERIALIZED (
    SELECT m.oid, m.amname FROM pg_am AS m WHERE m.amname IN ('btree', 'gist', 'hash')
), key AS MATERIALIZED (
    SELECT c.oid, c.conrelid, c.confrelid, c.conname, c.conkey, c.conparentid, t.relpages
    FROM pg_constraint AS c
    JOIN pg_class AS t ON t.oid = c.conrelid
    WHERE c.contype = 'f'
      -- Rows are in ordinary tables. An index on each partition is enough, also without one on the partitioned table.
      AND t.relkind = 'r'
      AND t.relpersistence <> 't'
      AND NOT EXISTS (SELECT FROM locked AS l WHERE l.relation = c.conrelid)
      -- A reference to a partitioned table has one more constraint for each of its partitions.
      AND NOT EXISTS (SELECT FROM pg_constraint AS p WHERE p.oid = c.conparentid AND p.conrelid = c.conrelid)
      -- A constraint that is not enforced (18) has no triggers, so it reads nothing.
      AND EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgconstraint = c.oid)
), lacking AS MATERIALIZED (
    SELECT k.oid, k.conrelid, k.confrelid, k.conname, k.conkey, k.conparentid, k.relpages
    FROM key AS k
    WHERE NOT EXISTS (
        SELECT
        FROM pg_index AS i
        JOIN pg_class AS x ON x.oid = i.indexrelid
        JOIN method AS m ON m.oid = x.relam
        WHERE i.indrelid = k.conrelid
          AND i.indisvalid AND i.indisready AND i.indislive
          AND i.indnkeyatts >= cardinality(k.conkey)
          AND (m.amname <> 'hash' OR cardinality(k.conkey) = 1)
          -- The first columns of the index are those of the key, in any order. The array of a vector begins with 0.
          AND (CAST(i.indkey AS int2[]))[0:cardinality(k.conkey) - 1] @> k.conkey
          -- The server looks for equal values, which are not NULL. It can use no other partial index.
          AND (i.indpred IS NULL
               OR pg_get_expr(i.indpred, i.indrelid) IN (
                   SELECT format('(%I IS NOT NULL)', a.attname)
                   FROM pg_attribute AS a
                   WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
                   UNION ALL
                   SELECT format('(%s)', string_agg(format('(%I IS NOT NULL)', a.attname), ' AND '
                                                    ORDER BY array_position(k.conkey, a.attnum)))
                   FROM pg_attribute AS a
                   WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey))))
), upwards AS (
    -- From the constraint of a partition to the one that a user created.
    SELECT l.oid AS leaf, l.oid, l.conparentid FROM lacking AS l
    UNION ALL
    SELECT u.leaf, p.oid, p.conparentid
    FROM upwards AS u
    JOIN pg_constraint AS p ON p.oid = u.conparentid
), root AS MATERIALIZED (
    SELECT u.oid, sum(l.relpages) AS pages, count(*) AS tables
    FROM upwards AS u
    JOIN lacking AS l ON l.oid = u.leaf
    WHERE u.conparentid = oid '0'
    GROUP BY u.oid
), downwards AS (
    -- The referenced tables with their partitions.
    SELECT r.oid AS root, c.confrelid AS oid
    FROM root AS r
    JOIN pg_constraint AS c ON c.oid = r.oid
    UNION ALL
    SELECT d.root, h.inhrelid
    FROM downwards AS d
    JOIN pg_inherits AS h ON h.inhparent = d.oid
), deleted AS MATERIALIZED (
    SELECT d.root, CAST(sum(pg_stat_get_tuples_deleted(d.oid)) AS bigint) AS rows
    FROM downwards AS d
    GROUP BY d.root
)
SELECT CAST(CAST(c.conrelid AS regclass) AS text) AS "table",
       quote_ident(c.conname) AS constraint,
       CASE WHEN d.rows >= foreign_keys_without_index.deleted THEN s.size END AS read_per_delete,
       s.size AS size,
       d.rows AS rows_deleted,
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY array_position(c.conkey, a.attnum))
        FROM pg_attribute AS a
        WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)) AS columns,
       CAST(CAST(c.confrelid AS regclass) AS text) AS referenced,
       CASE WHEN r.tables > 1 THEN r.tables END AS tables
FROM root AS r
JOIN pg_constraint AS c ON c.oid = r.oid
JOIN deleted AS d ON d.root = r.oid
CROSS JOIN LATERAL (
    SELECT CAST(r.pages AS bigint) * CAST(current_setting('block_size') AS bigint) AS size
) AS s
