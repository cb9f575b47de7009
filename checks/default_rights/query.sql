WITH allowed AS MATERIALIZED (
    -- The list is split once and not for each right, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(default_rights.allowed, '')), '[ ]*,[ ]*') AS names
), future AS MATERIALIZED (
    SELECT d.defaclrole, d.defaclnamespace, d.defaclobjtype, a.grantee, a.privilege_type, a.is_grantable
    FROM pg_default_acl AS d
    CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a
    WHERE a.grantee <> d.defaclrole
), opened AS (
    SELECT f.defaclrole, f.defaclnamespace, f.defaclobjtype, f.grantee,
           CASE WHEN f.grantee = oid '0' THEN 'default_public' ELSE 'grant_option' END AS rule,
           string_agg(f.privilege_type, ', ' ORDER BY f.privilege_type) AS rights
    FROM future AS f
    WHERE f.is_grantable
       OR f.grantee = oid '0'
          -- By default, PUBLIC may execute functions and use types. An entry without a schema can take this away, and an
          -- entry for a schema can give it again.
          AND (f.defaclobjtype NOT IN ('f', 'T')
               OR f.defaclnamespace <> oid '0'
                  AND EXISTS (SELECT FROM pg_default_acl AS g
                              WHERE g.defaclrole = f.defaclrole
                                AND g.defaclnamespace = oid '0'
                                AND g.defaclobjtype = f.defaclobjtype
                                AND NOT EXISTS (SELECT FROM aclexplode(g.defaclacl) AS x WHERE x.grantee = oid '0')))
    GROUP BY f.defaclrole, f.defaclnamespace, f.defaclobjtype, f.grantee
), existing AS (
    SELECT c.relnamespace AS schema, CASE c.relkind WHEN 'S' THEN 'sequences' ELSE 'tables' END AS kind,
           c.oid, CAST(c.relname AS text) AS name, a.grantee, a.privilege_type
    FROM pg_class AS c
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE c.relacl IS NOT NULL AND c.oid >= oid '16384' AND a.is_grantable AND a.grantee <> c.relowner
    UNION ALL
    SELECT c.relnamespace, 'columns', c.oid, CAST(c.relname AS text), a.grantee, a.privilege_type
    FROM pg_attribute AS t
    CROSS JOIN LATERAL aclexplode(t.attacl) AS a
    JOIN pg_class AS c ON c.oid = t.attrelid
    WHERE t.attacl IS NOT NULL AND t.attrelid >= oid '16384' AND NOT t.attisdropped
      AND a.is_grantable AND a.grantee <> c.relowner
    UNION ALL
    SELECT p.pronamespace, 'functions', p.oid, CAST(p.proname AS text), a.grantee, a.privilege_type
    FROM pg_proc AS p
    CROSS JOIN LATERAL aclexplode(p.proacl) AS a
    WHERE p.proacl IS NOT NULL AND p.oid >= oid '16384' AND a.is_grantable AND a.grantee <> p.proowner
    UNION ALL
    SELECT n.oid, 'schema', n.oid, CAST(n.nspname AS text), a.grantee, a.privilege_type
    FROM pg_namespace AS n
    CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
    WHERE n.nspacl IS NOT NULL AND a.is_grantable AND a.grantee <> n.nspowner
), held AS (
    SELECT e.schema, e.kind, e.grantee,
           string_agg(DISTINCT e.privilege_type, ', ') AS rights,
           count(DISTINCT e.oid) AS objects,
           min(e.name) AS first
    FROM existing AS e
    GROUP BY e.schema, e.kind, e.grantee
), reported AS (
    SELECT (SELECT CAST(n.nspname AS text) FROM pg_namespace AS n WHERE n.oid = o.defaclnamespace) AS object,
           CASE o.defaclobjtype
                WHEN 'r' THEN 'tables'
                WHEN 'S' THEN 'sequences'
                WHEN 'f' THEN 'functions'
                WHEN 'T' THEN 'types'
                WHEN 'n' THEN 'schemas'
                ELSE 'large objects'
           END AS kind,
           o.rule,
           CAST(pg_get_userbyid(o.defaclrole) AS text) AS grantor,
           o.grantee,
           o.rights,
           CAST(NULL AS bigint) AS objects,
           CAST(NULL AS text) AS first
    FROM opened AS o
    UNION ALL
    SELECT (SELECT CAST(n.nspname AS text) FROM pg_namespace AS n WHERE n.oid = h.schema),
           h.kind, 'held_grant_option', NULL, h.grantee, h.rights, h.objects, h.first
    FROM held AS h
)
SELECT r.object,
       r.kind,
       r.rule,
       r.grantor,
       CASE WHEN r.grantee = oid '0' THEN 'PUBLIC' ELSE CAST(pg_get_userbyid(r.grantee) AS text) END AS grantee,
       r.rights,
       r.objects,
       r.first
FROM reported AS r
LEFT JOIN pg_roles AS g ON g.oid = r.grantee
WHERE r.rule = 'default_public'
   -- A superuser may grant every right.
   OR g.rolsuper IS NOT TRUE
      AND NOT coalesce(CAST(g.rolname AS text) = ANY ((SELECT w.names FROM allowed AS w)::text[]), false)
ORDER BY r.rule, r.object, r.kind, r.grantor, grantee
