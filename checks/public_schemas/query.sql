SELECT CAST(n.nspname AS text) AS schema,
       false AS by_default,
       CAST(pg_get_userbyid(n.nspowner) AS text) AS owner
FROM pg_namespace AS n
WHERE n.nspacl IS NOT NULL
  AND EXISTS (SELECT FROM aclexplode(n.nspacl) AS a WHERE a.grantee = oid '0' AND a.privilege_type = 'CREATE')
ORDER BY schema
