WITH RECURSIVE locked AS MATERIALIZED (
    -- To show an expression, the server locks its table. It must not wait for a session that changes the table.
    SELECT l.relation
    FROM pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      AND l.mode = 'AccessExclusiveLock'
), candidate AS MATERIALIZED (
    -- Tables with one index are left out before anything is compared. Exclusion constraints compare with other operators.
    SELECT *
    FROM (
        SELECT i.indexrelid, i.indrelid, i.indisunique, i.indisprimary, i.indisreplident, i.indimmediate, i.indisclustered,
               i.indexprs, i.indpred, i.indkey, i.indclass, i.indcollation, i.indoption, i.indnatts, i.indnkeyatts,
               count(*) OVER (PARTITION BY i.indrelid) AS siblings
        FROM pg_index AS i
        WHERE i.indrelid >= oid '16384'
          AND i.indisvalid AND i.indisready AND i.indislive
          AND NOT i.indisexclusion
    ) AS s
    WHERE s.siblings > 1
), constrained AS MATERIALIZED (
    SELECT k.conindid, bool_or(k.contype = 'f') AS referenced, bool_or(k.contype IN ('p', 'u')) AS constrains
    FROM pg_constraint AS k
    WHERE k.conindid <> oid '0'
    GROUP BY k.conindid
), named AS MATERIALIZED (
    SELECT c.indexrelid, c.indrelid, c.indisunique, c.indimmediate, c.indisclustered, c.indnatts, c.indnkeyatts, x.relam,
           -- A vector as text, with a blank after each number: then a prefix of the text is a prefix of the vector.
           concat(c.indkey, ' ') AS columns,
           concat(c.indclass, ' ') AS classes,
           concat(c.indcollation, ' ') AS collations,
           concat(c.indoption, ' ') AS options,
           -- The stored trees of equal expressions differ before PostgreSQL 18; their texts do not.
           pg_get_expr(c.indexprs, c.indrelid) AS expressions,
           pg_get_expr(c.indpred, c.indrelid) AS predicate,
           -- A part of a partitioned index cannot be dropped alone.
           x.relispartition AS attached,
           -- What refers to the index would have to change first.
           c.indisprimary OR c.indisreplident OR coalesce(k.referenced, false) AS needed,
           coalesce(k.constrains, false) AS constrains
    FROM candidate AS c
    JOIN pg_class AS x ON x.oid = c.indexrelid
    LEFT JOIN constrained AS k ON k.conindid = c.indexrelid
    WHERE x.relpersistence <> 't'
      AND NOT EXISTS (SELECT FROM locked AS l WHERE l.relation = c.indrelid)
), ranked AS MATERIALIZED (
    SELECT n.*,
           row_number() OVER (PARTITION BY n.indrelid
                              ORDER BY n.needed DESC, n.attached DESC, n.constrains DESC, n.indisunique DESC,
                                       n.indimmediate DESC, n.indisclustered DESC, n.indexrelid) AS rank
    FROM named AS n
), pair AS MATERIALIZED (
    SELECT DISTINCT ON (a.indexrelid) a.indexrelid, a.indrelid, b.indexrelid AS kept,
           a.columns = b.columns AND a.classes = b.classes AS equal
    FROM ranked AS a
    JOIN ranked AS b
      ON b.indrelid = a.indrelid
     AND b.relam = a.relam
     AND b.indexrelid <> a.indexrelid
    WHERE NOT a.needed
      AND NOT a.attached
      AND ((b.rank < a.rank
            AND b.columns = a.columns
            AND b.classes = a.classes
            AND b.collations = a.collations
            AND b.options = a.options
            AND b.expressions IS NOT DISTINCT FROM a.expressions
            AND b.predicate IS NOT DISTINCT FROM a.predicate
            AND (NOT a.indisunique
                 -- Servers before 15 have no NULLS NOT DISTINCT. An expression that contains the words is in both texts.
                 OR b.indisunique
                    AND (pg_get_indexdef(a.indexrelid) LIKE '%NULLS NOT DISTINCT%')
                        = (pg_get_indexdef(b.indexrelid) LIKE '%NULLS NOT DISTINCT%')))
           OR
           (a.relam = (SELECT m.oid FROM pg_am AS m WHERE m.amname = 'btree')
            AND NOT a.indisunique
            AND a.expressions IS NULL AND a.predicate IS NULL
            AND b.expressions IS NULL AND b.predicate IS NULL
            -- No columns of INCLUDE, and fewer columns.
            AND a.indnatts = a.indnkeyatts
            AND a.indnatts < b.indnatts
            AND starts_with(b.columns, a.columns)
            AND starts_with(b.classes, a.classes)
            AND starts_with(b.collations, a.collations)
            AND starts_with(b.options, a.options)))
    ORDER BY a.indexrelid, equal DESC, b.rank
), part AS (
    -- Each index with its parts in the partitions.
    SELECT p.indexrelid AS root, p.indexrelid AS oid FROM pair AS p
    UNION ALL
    SELECT t.root, h.inhrelid FROM part AS t JOIN pg_inherits AS h ON h.inhparent = t.oid
), size AS (
    -- As the last vacuum or analyze found it.
    SELECT t.root, CAST(sum(x.relpages) AS bigint) * CAST(current_setting('block_size') AS bigint) AS bytes
    FROM part AS t
    JOIN pg_class AS x ON x.oid = t.oid
    GROUP BY t.root
)
SELECT CAST(CAST(p.indexrelid AS regclass) AS text) AS index,
       CASE WHEN p.equal THEN s.bytes END AS duplicate,
       CASE WHEN NOT p.equal THEN s.bytes END AS covered,
       CAST(CAST(p.kept AS regclass) AS text) AS kept,
       CAST(CAST(p.indrelid AS regclass) AS text) AS "table"
FROM pair AS p
JOIN size AS s ON s.root = p.indexrelid
