SELECT CAST(e.evtname AS text) AS trigger,
       CAST(e.evtevent AS text) AS event,
       format('%I.%I', n.nspname, p.proname) AS function,
       CAST(pg_get_userbyid(p.proowner) AS text) AS owner,
       coalesce(r.rolsuper, false) AS owner_is_superuser,
       CAST(x.extname AS text) AS extension,
       e.evtenabled <> 'D' AS enabled
FROM pg_event_trigger AS e
JOIN pg_proc AS p ON p.oid = e.evtfoid
JOIN pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_roles AS r ON r.oid = p.proowner
LEFT JOIN pg_depend AS d ON d.classid = CAST('pg_proc' AS regclass) AND d.objid = p.oid AND d.deptype = 'e'
LEFT JOIN pg_extension AS x ON x.oid = d.refobjid AND d.refclassid = CAST('pg_extension' AS regclass)
ORDER BY e.evtenabled = 'D', coalesce(r.rolsuper, false), e.evtevent <> 'login', e.evtname
LIMIT 200
