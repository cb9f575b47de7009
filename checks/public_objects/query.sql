WITH allowed AS MATERIALIZED (
    -- The list is split once and not for each schema, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(public_objects.allowed, '')), '[ ]*,[ ]*') AS names
), entry AS MATERIALIZED (
    SELECT c.oid, a.privilege_type
    FROM pg_class AS c
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE c.relacl IS NOT NULL
      -- Relations that initdb created have smaller numbers.
      AND c.oid >= oid '16384'
      AND c.relpersistence <> 't'
      AND a.grantee = oid '0'
      -- What CREATE EXTENSION granted is part of the extension.
      AND NOT EXISTS (
          SELECT
          FROM pg_init_privs AS i
          CROSS JOIN LATERAL aclexplode(i.initprivs) AS x
          WHERE i.objoid = c.oid AND i.classoid = CAST('pg_class' AS regclass) AND i.objsubid = 0
            AND x.grantee = oid '0' AND x.privilege_type = a.privilege_type)
    UNION ALL
    SELECT t.attrelid, a.privilege_type
    FROM pg_attribute AS t
    CROSS JOIN LATERAL aclexplode(t.attacl) AS a
    WHERE t.attacl IS NOT NULL
      AND t.attrelid >= oid '16384'
      AND NOT t.attisdropped
      AND a.grantee = oid '0'
      AND NOT EXISTS (
          SELECT
          FROM pg_init_privs AS i
          CROSS JOIN LATERAL aclexplode(i.initprivs) AS x
          WHERE i.objoid = t.attrelid AND i.classoid = CAST('pg_class' AS regclass) AND i.objsubid = t.attnum
            AND x.grantee = oid '0' AND x.privilege_type = a.privilege_type)
), relation AS MATERIALIZED (
    SELECT e.oid, c.relname, c.relnamespace,
           CASE WHEN bool_or(e.privilege_type <> 'SELECT') THEN 'write' ELSE 'read' END AS access
    FROM entry AS e
    JOIN pg_class AS c ON c.oid = e.oid
    WHERE c.relpersistence <> 't'
    GROUP BY e.oid, c.relname, c.relnamespace
), in_schema AS MATERIALIZED (
    SELECT r.relnamespace, r.access, count(*) AS objects,
           (array_agg(quote_ident(r.relname) ORDER BY r.relname))[1:3] AS first
    FROM relation AS r
    GROUP BY r.relnamespace, r.access
), blob AS MATERIALIZED (
    SELECT b.oid,
           CASE WHEN bool_or(a.privilege_type <> 'SELECT') THEN 'write' ELSE 'read' END AS access,
           string_agg(DISTINCT a.privilege_type, ', ') AS rights
    FROM pg_largeobject_metadata AS b
    CROSS JOIN LATERAL aclexplode(b.lomacl) AS a
    WHERE b.lomacl IS NOT NULL AND a.grantee = oid '0'
    GROUP BY b.oid
), reported AS (
    SELECT CAST(n.nspname AS text) AS schema,
           s.access,
           EXISTS (SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
                   WHERE a.grantee = oid '0' AND a.privilege_type = 'USAGE') AS usable,
           s.objects,
           (SELECT string_agg(DISTINCT e.privilege_type, ', ')
            FROM relation AS r
            JOIN entry AS e ON e.oid = r.oid
            WHERE r.relnamespace = n.oid AND r.access = s.access) AS rights,
           array_to_string(s.first, ', ') AS first
    FROM in_schema AS s
    JOIN pg_namespace AS n ON n.oid = s.relnamespace
    WHERE NOT CAST(n.nspname AS text) = ANY ((SELECT w.names FROM allowed AS w)::text[])
    UNION ALL
    SELECT NULL, b.access, true, count(*), max(b.rights), array_to_string((array_agg(b.oid ORDER BY b.oid))[1:3], ', ')
    FROM blob AS b
    GROUP BY b.access
)
SELECT r.schema, r.access, r.usable, r.objects, r.rights, r.first
FROM reported AS r
ORDER BY r.usable DESC, r.access DESC, r.objects DESC, r.schema
