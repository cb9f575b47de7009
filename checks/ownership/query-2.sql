WITH allowed AS MATERIALIZED (
    -- The list is split once and not for each object, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(ownership__2.allowed, '')), '[ ]*,[ ]*') AS names
), owned AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relnamespace, c.relowner, c.relkind IN ('v', 'm') AS is_view
    FROM pg_class AS c
    JOIN pg_roles AS r ON r.oid = c.relowner
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
      AND r.rolsuper
      -- Relations that initdb created have smaller numbers.
      AND c.oid >= oid '16384'
      AND c.relpersistence <> 't'
      -- Objects of extensions, and sequences of columns, which belong to the owner of the table.
      AND NOT EXISTS (
          SELECT
          FROM pg_depend AS d
          WHERE d.classid = CAST('pg_class' AS regclass)
            AND d.objid = c.oid
            AND d.objsubid = 0
            AND (d.deptype = 'e' OR d.deptype IN ('a', 'i') AND c.relkind = 'S'))
), problem AS (
    SELECT CAST(pg_get_userbyid(o.relowner) AS text) AS object, 'superuser' AS rule,
           count(*) AS objects, count(*) FILTER (WHERE o.is_view) AS views,
           array_to_string((array_agg(format('%I.%I', n.nspname, o.relname) ORDER BY n.nspname, o.relname))[1:3], ', ') AS first
    FROM owned AS o
    JOIN pg_namespace AS n ON n.oid = o.relnamespace
    GROUP BY o.relowner
    UNION ALL
    SELECT CAST(p.pubname AS text), 'all_tables', NULL, NULL, CAST(pg_get_userbyid(p.pubowner) AS text)
    FROM pg_publication AS p
    WHERE p.puballtables
)
SELECT p.object, p.rule, p.objects, p.views, p.first
FROM problem AS p
WHERE NOT p.object = ANY ((SELECT w.names FROM allowed AS w)::text[])
ORDER BY p.rule, p.objects DESC, p.object
LIMIT 500
