WITH allowed AS MATERIALIZED (
    -- The list is split once and not for each object, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(ownership__1.allowed, '')), '[ ]*,[ ]*') AS names
), problem AS (
    SELECT CAST(t.spcname AS text) AS object, 'tablespace' AS rule, CAST(NULL AS text) AS template,
           CAST(NULL AS bigint) AS objects
    FROM pg_tablespace AS t
    WHERE EXISTS (SELECT FROM aclexplode(t.spcacl) AS a WHERE a.grantee = oid '0')
    UNION ALL
    -- CREATE DATABASE copies a template with its owners and rights. The owner of the installation has no entries here.
    SELECT CAST(r.rolname AS text), 'template', CAST(d.datname AS text), count(*)
    FROM pg_shdepend AS s
    JOIN pg_database AS d ON d.oid = s.dbid
    JOIN pg_roles AS r ON r.oid = s.refobjid
    WHERE s.refclassid = CAST('pg_authid' AS regclass)
      AND d.datname = 'template1'
      -- Predefined roles have smaller numbers.
      AND r.oid >= oid '16384'
    GROUP BY r.rolname, d.datname
)
SELECT p.object, p.rule, p.template, p.objects
FROM problem AS p
WHERE NOT p.object = ANY ((SELECT w.names FROM allowed AS w)::text[])
ORDER BY p.rule, p.objects DESC, p.object
LIMIT 500
