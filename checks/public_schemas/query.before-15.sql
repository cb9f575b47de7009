-- Before 15, initdb grants CREATE on the schema public to PUBLIC, and every database is copied from it.
SELECT CAST(n.nspname AS text) AS schema,
       n.nspname = 'public' AS by_default,
       CAST(pg_get_userbyid(n.nspowner) AS text) AS owner
FROM pg_namespace AS n
WHERE n.nspacl IS NOT NULL
  AND EXISTS (SELECT FROM aclexplode(n.nspacl) AS a WHERE a.grantee = oid '0' AND a.privilege_type = 'CREATE')
ORDER BY by_default, schema
