SELECT CAST(d.datname AS text) AS database,
       coalesce(bool_or(a.privilege_type = 'CREATE'), false) AS may_create,
       coalesce(bool_or(a.privilege_type = 'CONNECT'), false) AS may_connect,
       coalesce(bool_or(a.privilege_type = 'TEMPORARY'), false) AS temporary
FROM pg_database AS d
CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
WHERE a.grantee = oid '0'
  -- DROP DATABASE was interrupted; no session can connect.
  AND d.datconnlimit <> -2
GROUP BY d.oid, d.datname, d.datistemplate, d.datallowconn
-- Sessions rarely connect to templates. What PUBLIC may do in them by default is not of interest.
HAVING bool_or(a.privilege_type = 'CREATE') OR (d.datallowconn AND NOT d.datistemplate)
ORDER BY may_create DESC, database
