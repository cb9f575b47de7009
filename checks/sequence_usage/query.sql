-- Numbers are taken as double precision at once, and constants are written in the type that they meet: in a new
-- session each operator between different types costs the server more than all the arithmetic.
WITH sequence AS MATERIALIZED (
    -- Temporary sequences belong to other sessions. An unlogged one has no state while the server recovers.
    SELECT c.oid, has_sequence_privilege(c.oid, 'SELECT, USAGE') AS readable
    FROM pg_class AS c
    WHERE c.relkind = 'S'
      AND c.relpersistence <> 't'
      AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
)
SELECT u.sequence AS sequence,
       u.used AS used,
       u.remaining AS remaining,
       u.unreadable AS unreadable,
       u.limited_by AS limited_by
FROM (
    SELECT CAST(CAST(t.oid AS regclass) AS text) AS sequence,
           CASE WHEN t.total < float8 '1' THEN float8 '100'
                ELSE float8 '100' * greatest(t.total - t.remaining, float8 '0') / t.total
           END AS used,
           t.remaining AS remaining,
           CAST(NULL AS bigint) AS unreadable,
           CASE WHEN t.is_cut
                THEN concat(CAST(t.relation AS regclass), '.', quote_ident(t.name))
           END AS limited_by
    FROM (
        SELECT x.oid, x.relation, x.name, x.is_cut, x.seqcycle,
               floor((x.final - x.first) / x.step) + float8 '1' AS total,
               greatest(floor((x.final - x.last) / x.step), float8 '0') AS remaining
        FROM (
            -- From where to where it counts, in the order of counting, by what both it and its column can hold.
            SELECT q.oid, q.relation, q.name, q.is_cut, q.seqcycle,
                   CAST(q.seqincrement AS float8) AS step,
                   CAST(CASE WHEN q.up THEN greatest(q.seqmin, q.least) ELSE least(q.seqmax, q.most) END AS float8)
                       AS first,
                   CAST(CASE WHEN q.up THEN least(q.seqmax, q.most) ELSE greatest(q.seqmin, q.least) END AS float8)
                       AS final,
                   -- Before its first value a sequence stands one step before its start.
                   coalesce(CAST(pg_sequence_last_value(q.oid) AS float8),
                            CAST(q.seqstart AS float8) - CAST(q.seqincrement AS float8)) AS last
            FROM (
                SELECT s.oid, p.seqincrement, p.seqmin, p.seqmax, p.seqstart, p.seqcycle,
                       n.relation, n.name, n.least, n.most,
                       p.seqincrement > bigint '0' AS up,
                       CASE WHEN p.seqincrement > bigint '0' THEN n.most < p.seqmax ELSE n.least > p.seqmin END AS is_cut
                FROM sequence AS s
                JOIN pg_sequence AS p ON p.seqrelid = s.oid
                LEFT JOIN LATERAL (
                    -- The narrowest column that it feeds. A domain prints its values as the type that it is made of
                    -- does, so this finds integer domains too.
                    SELECT f.relation AS relation,
                           a.attname AS name,
                           CASE WHEN t.typoutput = CAST('int2out' AS regproc) THEN bigint '32767'
                                ELSE bigint '2147483647'
                           END AS most,
                           CASE WHEN t.typoutput = CAST('int2out' AS regproc) THEN bigint '-32768'
                                ELSE bigint '-2147483648'
                           END AS least
                    FROM (
                        -- The column that owns it, by serial, identity or OWNED BY.
                        SELECT d.refobjid AS relation, d.refobjsubid AS number
                        FROM pg_depend AS d
                        WHERE d.classid = CAST('pg_class' AS regclass)
                          AND d.objid = s.oid
                          AND d.objsubid = 0
                          AND d.refclassid = CAST('pg_class' AS regclass)
                          AND d.refobjsubid > 0
                          AND d.deptype IN ('a', 'i')
                        UNION ALL
                        -- Columns whose default draws from it.
                        SELECT e.adrelid, CAST(e.adnum AS integer)
                        FROM pg_depend AS d
                        JOIN pg_attrdef AS e ON e.oid = d.objid
                        WHERE d.refclassid = CAST('pg_class' AS regclass)
                          AND d.refobjid = s.oid
                          AND d.classid = CAST('pg_attrdef' AS regclass)
                    ) AS f
                    JOIN pg_attribute AS a ON a.attrelid = f.relation AND a.attnum = f.number
                    JOIN pg_type AS t ON t.oid = a.atttypid
                    WHERE t.typoutput IN (CAST('int2out' AS regproc), CAST('int4out' AS regproc))
                    ORDER BY most, relation, f.number
                    LIMIT 1
                ) AS n ON true
                WHERE s.readable
            ) AS q
        ) AS x
    ) AS t
    -- One that starts over never ends, unless its column ends first.
    WHERE (NOT t.seqcycle OR t.is_cut)
      AND (t.total >= CAST(coalesce(sequence_usage.minimum, bigint '0') AS float8) OR t.total < float8 '1')
    UNION ALL
    SELECT NULL, NULL, NULL, count(*), NULL
    FROM sequence AS s
    WHERE NOT s.readable
    HAVING count(*) > 0
) AS u
ORDER BY u.unreadable NULLS LAST, u.used DESC, u.sequence
