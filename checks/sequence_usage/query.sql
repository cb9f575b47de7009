WITH locked AS MATERIALIZED (
    SELECT l.relation
    FROM pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
), known AS MATERIALIZED (
    -- To read a sequence, the server locks it until the end of the query. All sessions share the memory for locks, and up
    -- to four databases are read at a time, so each query uses an eighth of it. The sequences come first whose table has
    -- most rows in relation to their values.
    SELECT v.*,
           v.readable IS NULL
               AND row_number() OVER (PARTITION BY v.readable ORDER BY v.likely DESC, v.total, v.oid)
                   > CAST(current_setting('max_locks_per_transaction') AS bigint)
                       * (CAST(current_setting('max_connections') AS bigint)
                          + CAST(current_setting('max_prepared_transactions') AS bigint)) / bigint '8' AS is_left_out
    FROM (
        SELECT t.*, greatest(coalesce(t.rows, float8 '0'), float8 '0') / greatest(t.total, float8 '1') AS likely
        FROM (
            SELECT b.*, floor(CAST(b.highest - b.lowest AS float8) / abs(b.step)) + float8 '1' AS total
            FROM (
                -- The range of the values, limited by the sequence and by the column.
                SELECT q.oid, q.seqcycle, q.readable, n.relation, n.name,
                       (SELECT CAST(c.reltuples AS float8) FROM pg_class AS c WHERE c.oid = n.relation) AS rows,
                       n.most < q.seqmax OR n.least > q.seqmin AS is_cut,
                       CAST(q.seqincrement AS float8) AS step,
                       CAST(greatest(q.seqmin, n.least) AS numeric) AS lowest,
                       CAST(least(q.seqmax, n.most) AS numeric) AS highest,
                       CAST(q.seqstart AS numeric) - CAST(q.seqincrement AS numeric) AS before_first
                FROM (
                    -- Temporary sequences belong to other sessions. Unlogged sequences have no state during recovery.
                    SELECT c.oid, p.seqincrement, p.seqmin, p.seqmax, p.seqstart, p.seqcycle,
                           CASE WHEN NOT has_sequence_privilege(p.seqrelid, 'SELECT, USAGE') THEN false END AS readable
                    FROM pg_class AS c
                    JOIN pg_sequence AS p ON p.seqrelid = c.oid
                    WHERE c.relpersistence <> 't'
                      AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
                      -- TRUNCATE ... RESTART IDENTITY and ALTER SEQUENCE lock a sequence until the end of the
                      -- transaction.
                      AND NOT EXISTS (SELECT FROM locked AS l WHERE l.relation = c.oid)
                ) AS q
                LEFT JOIN LATERAL (
                    -- The column with the smallest range. A domain has the output function of its base type, so
                    -- domains over integer types are found, too.
                    SELECT f.relation AS relation,
                           a.attname AS name,
                           CASE WHEN t.typoutput = CAST('int2out' AS regproc) THEN bigint '32767'
                                ELSE bigint '2147483647'
                           END AS most,
                           CASE WHEN t.typoutput = CAST('int2out' AS regproc) THEN bigint '-32768'
                                ELSE bigint '-2147483648'
                           END AS least
                    FROM (
                        -- The column that owns the sequence, by serial, identity or OWNED BY.
                        SELECT d.refobjid AS relation, d.refobjsubid AS number
                        FROM pg_depend AS d
                        WHERE d.classid = CAST('pg_class' AS regclass)
                          AND d.objid = q.oid
                          AND d.objsubid = 0
                          AND d.refclassid = CAST('pg_class' AS regclass)
                          AND d.refobjsubid > 0
                          AND d.deptype IN ('a', 'i')
                        UNION ALL
                        -- Columns whose default uses the sequence.
                        SELECT e.adrelid, CAST(e.adnum AS integer)
                        FROM pg_depend AS d
                        JOIN pg_attrdef AS e ON e.oid = d.objid
                        WHERE d.refclassid = CAST('pg_class' AS regclass)
                          AND d.refobjid = q.oid
                          AND d.classid = CAST('pg_attrdef' AS regclass)
                    ) AS f
                    JOIN pg_attribute AS a ON a.attrelid = f.relation AND a.attnum = f.number
                    JOIN pg_type AS t ON t.oid = a.atttypid
                    WHERE t.typoutput IN (CAST('int2out' AS regproc), CAST('int4out' AS regproc))
                    ORDER BY most, relation, f.number
                    LIMIT 1
                ) AS n ON true
            ) AS b
        ) AS t
    ) AS v
    -- A sequence with CYCLE does not end, unless the column ends first.
    WHERE (NOT v.seqcycle OR v.is_cut)
      AND (v.total >= CAST(coalesce(sequence_usage.minimum, bigint '0') AS float8) OR v.total < float8 '1')
)
-- Differences are computed as numeric, as double precision cannot distinguish values near the limits of bigint. All other
-- values are double precision. Constants have the type of the other operand: in a new session, an operator between
-- different types takes the server more time than all the arithmetic.
SELECT CAST(CAST(t.oid AS regclass) AS text) AS sequence,
       CASE WHEN t.remaining IS NULL THEN NULL
            WHEN t.total < float8 '1' THEN float8 '100'
            ELSE float8 '100' * greatest(t.total - t.remaining, float8 '0') / t.total
       END AS used,
       t.remaining AS remaining,
       t.readable AS readable,
       CASE WHEN t.is_cut THEN concat(CAST(t.relation AS regclass), '.', quote_ident(t.name)) END AS limited_by,
       CAST(NULL AS bigint) AS unread
FROM (
    SELECT x.oid, x.relation, x.name, x.is_cut, x.total, x.readable,
           CASE WHEN x.last IS NOT NULL
                THEN greatest(floor(CAST(CASE WHEN x.step > float8 '0' THEN x.highest - x.last ELSE x.last - x.lowest END
                                         AS float8) / abs(x.step)), float8 '0')
           END AS remaining
    FROM (
        SELECT k.*,
               -- Before the first value, the position is one step before the start.
               -- The size is NULL if the sequence was dropped since the query began; then the function raises an error.
               CASE WHEN k.readable IS NULL AND pg_relation_size(k.oid) IS NOT NULL
                    THEN coalesce(CAST(pg_sequence_last_value(k.oid) AS numeric), k.before_first)
               END AS last
        FROM known AS k
        WHERE NOT k.is_left_out
    ) AS x
) AS t
UNION ALL
-- It takes very long to use up more than 10^15 values, so these sequences are not counted.
SELECT NULL, NULL, NULL, NULL, NULL, count(*)
FROM known AS k
WHERE k.is_left_out AND k.total <= float8 '1e15'
HAVING count(*) > bigint '0'
