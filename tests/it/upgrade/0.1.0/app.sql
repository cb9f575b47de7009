CREATE SCHEMA posemo;
ALTER SCHEMA posemo OWNER TO postgres;
COMMENT ON SCHEMA posemo IS '{"posemo":true}';
CREATE FUNCTION posemo.sequence_usage(minimum bigint DEFAULT 100) RETURNS TABLE(sequence text, used double precision, remaining double precision, readable boolean, limited_by text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    SET transform_null_equals TO 'off'
    SET lock_timeout TO '2s'
    SET row_security TO 'off'
    SET restrict_nonsystem_relation_kind TO 'view,foreign-table'
    AS $$
SELECT posemo_row."sequence", posemo_row."used", posemo_row."remaining", posemo_row."readable", posemo_row."limited_by"
FROM (
WITH locked AS MATERIALIZED (
    SELECT l.relation
    FROM pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
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
       CASE WHEN t.is_cut THEN concat(CAST(t.relation AS regclass), '.', quote_ident(t.name)) END AS limited_by
FROM (
    SELECT x.oid, x.relation, x.name, x.seqcycle, x.is_cut, x.readable,
           floor(CAST(x.highest - x.lowest AS float8) / abs(x.step)) + float8 '1' AS total,
           CASE WHEN x.last IS NOT NULL
                THEN greatest(floor(CAST(CASE WHEN x.step > float8 '0' THEN x.highest - x.last ELSE x.last - x.lowest END
                                         AS float8) / abs(x.step)), float8 '0')
           END AS remaining
    FROM (
        -- The range of the values, limited by the sequence and by the column.
        SELECT q.oid, q.seqcycle, q.readable, n.relation, n.name,
               n.most < q.seqmax OR n.least > q.seqmin AS is_cut,
               CAST(q.seqincrement AS float8) AS step,
               CAST(greatest(q.seqmin, n.least) AS numeric) AS lowest,
               CAST(least(q.seqmax, n.most) AS numeric) AS highest,
               -- Before the first value, the position is one step before the start.
               -- The size is NULL if the sequence was dropped since the query began; then the function raises an error.
               CASE WHEN q.readable IS NULL AND pg_relation_size(q.oid) IS NOT NULL
                    THEN coalesce(CAST(pg_sequence_last_value(q.oid) AS numeric),
                                  CAST(q.seqstart AS numeric) - CAST(q.seqincrement AS numeric))
               END AS last
        FROM (
            -- Temporary sequences belong to other sessions. Unlogged sequences have no state during recovery.
            SELECT c.oid, p.seqincrement, p.seqmin, p.seqmax, p.seqstart, p.seqcycle,
                   CASE WHEN NOT has_sequence_privilege(p.seqrelid, 'SELECT, USAGE') THEN false END AS readable
            FROM pg_class AS c
            JOIN pg_sequence AS p ON p.seqrelid = c.oid
            WHERE c.relpersistence <> 't'
              AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
              -- TRUNCATE ... RESTART IDENTITY and ALTER SEQUENCE lock a sequence until the end of the transaction.
              AND NOT EXISTS (SELECT FROM locked AS l WHERE l.relation = c.oid)
        ) AS q
        LEFT JOIN LATERAL (
            -- The column with the smallest range. A domain has the output function of its base type, so domains over
            -- integer types are found, too.
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
    ) AS x
) AS t
-- A sequence with CYCLE does not end, unless the column ends first.
WHERE (NOT t.seqcycle OR t.is_cut)
  AND (t.total >= CAST(coalesce(sequence_usage.minimum, bigint '0') AS float8) OR t.total < float8 '1')
) AS posemo_row
ORDER BY least(
  CASE WHEN posemo_row."used" IS NOT NULL
    THEN row_number() OVER (ORDER BY posemo_row."used" DESC NULLS LAST, CAST(posemo_row."sequence" AS text) COLLATE "C") END,
  CASE WHEN posemo_row."remaining" IS NOT NULL
    THEN row_number() OVER (ORDER BY posemo_row."remaining" NULLS LAST, CAST(posemo_row."sequence" AS text) COLLATE "C") END,
  CASE WHEN NOT posemo_row."readable"
    THEN row_number() OVER (ORDER BY posemo_row."readable" NULLS LAST, CAST(posemo_row."sequence" AS text) COLLATE "C") END
) NULLS LAST, CAST(posemo_row."sequence" AS text) COLLATE "C"
LIMIT 100001
$$;
ALTER FUNCTION posemo.sequence_usage(minimum bigint) OWNER TO posemo_sequences;
COMMENT ON FUNCTION posemo.sequence_usage(minimum bigint) IS '{"posemo":"0.1.0","sha256":"eb68ff59cfe9ecfa85a1f63c975387dcc20e90aca0a1ef673204c90c83f551f5"}';
GRANT CONNECT ON DATABASE app TO posemo;
GRANT USAGE ON SCHEMA posemo TO posemo;
REVOKE ALL ON FUNCTION posemo.sequence_usage(minimum bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION posemo.sequence_usage(minimum bigint) TO posemo;
