WITH locked AS MATERIALIZED (
    -- To show an expression, the server locks its table. It must not wait for a session that changes the table.
    SELECT l.relation
    FROM pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      AND l.mode = 'AccessExclusiveLock'
), space AS MATERIALIZED (
    SELECT n.oid, n.nspname
    FROM pg_namespace AS n
    WHERE n.nspname NOT LIKE 'pg\_%'
      AND n.nspname <> 'information_schema'
      -- The schema of posemo, whose functions change with each version of it.
      AND NOT EXISTS (
          SELECT FROM pg_proc AS p
          WHERE p.pronamespace = n.oid
            AND p.proname = 'schema_fingerprint'
            AND p.proowner = CAST(current_user AS regrole))
      AND NOT n.nspname = ANY (regexp_split_to_array(btrim(left(schema_fingerprint.ignored, 4096)), '[ ]*,[ ]*'))
), member AS MATERIALIZED (
    -- The objects of an extension follow from its version.
    SELECT d.classid, d.objid FROM pg_depend AS d WHERE d.deptype = 'e'
), relation AS MATERIALIZED (
    -- Jobs create and drop partitions.
    SELECT c.oid, c.relkind, c.relpersistence, c.relrowsecurity,
           concat(quote_ident(s.nspname), '.', quote_ident(c.relname)) AS name,
           EXISTS (SELECT FROM locked AS l WHERE l.relation = c.oid) AS locked
    FROM pg_class AS c
    JOIN space AS s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
      AND c.relpersistence <> 't'
      AND NOT c.relispartition
      AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = CAST('pg_class' AS regclass) AND m.objid = c.oid)
), definition AS (
    SELECT concat_ws(' ', 'relation', r.name, r.relkind, r.relpersistence, r.relrowsecurity) AS text
    FROM relation AS r
    UNION ALL
    SELECT concat_ws(' ', 'column', r.name, quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attnotnull,
                     a.atthasdef, a.attidentity, a.attgenerated,
                     CASE WHEN a.attcollation <> oid '100' THEN quote_ident(o.collname) END)
    FROM relation AS r
    JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_collation AS o ON o.oid = a.attcollation
    WHERE r.relkind <> 'S'
    UNION ALL
    SELECT concat_ws(' ', 'constraint', r.name, quote_ident(k.conname), k.convalidated, pg_get_constraintdef(k.oid))
    FROM relation AS r
    JOIN pg_constraint AS k ON k.conrelid = r.oid
    -- From 18 on, NOT NULL is a constraint, too; columns contain it.
    WHERE k.contype <> 'n'
      AND NOT r.locked
    UNION ALL
    SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisvalid)
    FROM relation AS r
    JOIN pg_index AS i ON i.indrelid = r.oid
    WHERE NOT r.locked
    UNION ALL
    SELECT concat_ws(' ', 'trigger', r.name, quote_ident(t.tgname), t.tgtype, t.tgenabled,
                     CAST(CAST(t.tgfoid AS regproc) AS text))
    FROM relation AS r
    JOIN pg_trigger AS t ON t.tgrelid = r.oid
    WHERE NOT t.tgisinternal
    UNION ALL
    SELECT concat_ws(' ', 'function', CAST(CAST(p.oid AS regprocedure) AS text), format_type(p.prorettype, NULL),
                     p.proretset, l.lanname, p.provolatile, p.prosecdef, p.proisstrict)
    FROM pg_proc AS p
    JOIN space AS s ON s.oid = p.pronamespace
    JOIN pg_language AS l ON l.oid = p.prolang
    WHERE NOT EXISTS (SELECT FROM member AS m WHERE m.classid = CAST('pg_proc' AS regclass) AND m.objid = p.oid)
    UNION ALL
    SELECT concat_ws(' ', 'type', format_type(t.oid, NULL), t.typtype,
                     format_type(nullif(t.typbasetype, oid '0'), t.typtypmod), t.typnotnull,
                     (SELECT string_agg(quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder)
                      FROM pg_enum AS e WHERE e.enumtypid = t.oid))
    FROM pg_type AS t
    JOIN space AS s ON s.oid = t.typnamespace
    WHERE t.typtype IN ('d', 'e', 'r')
      AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = CAST('pg_type' AS regclass) AND m.objid = t.oid)
    UNION ALL
    SELECT concat_ws(' ', 'extension', quote_ident(x.extname), x.extversion) FROM pg_extension AS x
)
SELECT CASE WHEN btrim(schema_fingerprint.expected) <> ''
            THEN s.digest = ANY (regexp_split_to_array(lower(btrim(left(schema_fingerprint.expected, 4096))), '[ ]*,[ ]*'))
       END AS as_expected,
       s.digest AS digest,
       s.objects AS objects
FROM (
    -- Each definition has its digest, as one text of all could be too long for a value.
    SELECT CASE WHEN NOT EXISTS (SELECT FROM relation AS r WHERE r.locked)
                THEN encode(sha256(convert_to(coalesce(string_agg(d.digest, '' ORDER BY d.digest COLLATE "C"), ''), 'UTF8')), 'hex')
           END AS digest,
           count(*) AS objects
    FROM (SELECT encode(sha256(convert_to(f.text, 'UTF8')), 'hex') AS digest FROM definition AS f) AS d
) AS s
