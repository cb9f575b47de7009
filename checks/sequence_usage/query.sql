WITH width AS (
    -- A domain prints its values as the type it is made of does, so this finds integer domains too.
    SELECT t.oid AS type,
           CASE t.typoutput WHEN CAST('pg_catalog.int2out' AS regproc) THEN 32767
                            WHEN CAST('pg_catalog.int4out' AS regproc) THEN 2147483647
           END AS highest
    FROM pg_type AS t
    WHERE t.typoutput IN (CAST('pg_catalog.int2out' AS regproc), CAST('pg_catalog.int4out' AS regproc))
), feeds AS (
    -- The column that owns the sequence, by serial, identity or OWNED BY.
    SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS number
    FROM pg_depend AS d
    WHERE d.classid = CAST('pg_catalog.pg_class' AS regclass)
      AND d.objsubid = 0
      AND d.refclassid = CAST('pg_catalog.pg_class' AS regclass)
      AND d.refobjsubid > 0
      AND d.deptype IN ('a', 'i')
    UNION
    -- Columns whose default draws from it.
    SELECT d.refobjid, f.adrelid, f.adnum
    FROM pg_depend AS d
    JOIN pg_attrdef AS f ON f.oid = d.objid
    WHERE d.classid = CAST('pg_catalog.pg_attrdef' AS regclass)
      AND d.refclassid = CAST('pg_catalog.pg_class' AS regclass)
), narrow AS (
    -- The narrowest column of each sequence, and one of them is enough.
    SELECT DISTINCT ON (f.sequence) f.sequence, w.highest, f.relation, a.attname AS name
    FROM feeds AS f
    JOIN pg_attribute AS a ON a.attrelid = f.relation AND a.attnum = f.number AND NOT a.attisdropped
    JOIN width AS w ON w.type = a.atttypid
    ORDER BY f.sequence, w.highest, f.relation, f.number
), readable AS MATERIALIZED (
    -- Temporary sequences belong to other sessions. An unlogged one has no state while the server recovers.
    SELECT c.oid, c.relname, c.relnamespace, has_sequence_privilege(c.oid, 'SELECT, USAGE') AS allowed
    FROM pg_class AS c
    WHERE c.relkind = 'S'
      AND c.relpersistence <> 't'
      AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
), span AS (
    -- Where it counts from and to, in the order of counting, by what both the sequence and the column can hold.
    SELECT r.oid, r.relname, r.relnamespace, n.relation, n.name,
           abs(CAST(q.seqincrement AS numeric)) AS step,
           CASE WHEN q.seqincrement > 0 THEN 1 ELSE -1 END AS direction,
           CAST(greatest(q.seqmin, -1 - n.highest) AS numeric) AS lowest,
           CAST(least(q.seqmax, n.highest) AS numeric) AS highest,
           n.highest < q.seqmax AND q.seqincrement > 0
               OR -1 - n.highest > q.seqmin AND q.seqincrement < 0 AS is_cut,
           q.seqcycle,
           -- Before its first value a sequence stands one step before its start.
           coalesce(CAST(pg_sequence_last_value(r.oid) AS numeric),
                    CAST(q.seqstart AS numeric) - q.seqincrement) AS last
    FROM readable AS r
    JOIN pg_sequence AS q ON q.seqrelid = r.oid
    LEFT JOIN narrow AS n ON n.sequence = r.oid
    WHERE r.allowed
), counted AS (
    SELECT s.*,
           greatest(div(s.highest - s.lowest, s.step) + 1, 0) AS total,
           greatest(div(CASE s.direction WHEN 1 THEN s.highest - s.last ELSE s.last - s.lowest END, s.step), 0)
               AS remaining
    FROM span AS s
    -- One that starts over never ends, unless its column ends first.
    WHERE NOT s.seqcycle OR s.is_cut
)
SELECT u.sequence AS sequence,
       u.used AS used,
       u.remaining AS remaining,
       u.unreadable AS unreadable,
       u.limited_by AS limited_by
FROM (
    SELECT NULL AS sequence,
           CAST(NULL AS double precision) AS used,
           CAST(NULL AS double precision) AS remaining,
           count(*) AS unreadable,
           NULL AS limited_by
    FROM readable AS r
    WHERE NOT r.allowed
    HAVING count(*) > 0
    UNION ALL
    SELECT concat(quote_ident(n.nspname), '.', quote_ident(c.relname)),
           CASE WHEN c.total = 0 THEN 100
                ELSE CAST(100 * greatest(c.total - c.remaining, 0) / c.total AS double precision)
           END,
           CAST(c.remaining AS double precision),
           NULL,
           CASE WHEN c.is_cut
                THEN concat(quote_ident(m.nspname), '.', quote_ident(t.relname), '.', quote_ident(c.name))
           END
    FROM counted AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_class AS t ON t.oid = c.relation
    LEFT JOIN pg_namespace AS m ON m.oid = t.relnamespace
    WHERE c.total >= coalesce(sequence_usage.minimum, 0)
       OR c.total = 0
) AS u
ORDER BY u.unreadable NULLS LAST, u.used DESC, u.sequence
