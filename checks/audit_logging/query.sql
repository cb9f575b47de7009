WITH pgaudit AS MATERIALIZED (
    SELECT EXISTS (
               SELECT
               FROM unnest(string_to_array(current_setting('shared_preload_libraries'), ',')) AS l (name)
               WHERE btrim(l.name, ' "') ~ '^([$]libdir/)?pgaudit([.]so)?$') AS loaded
)
SELECT 'pgaudit' AS object,
       'not_loaded' AS rule,
       coalesce(audit_logging.required, false) AS required,
       CAST(NULL AS text) AS statement
FROM pgaudit AS p
WHERE NOT p.loaded
UNION ALL
SELECT 'pgaudit',
       CASE WHEN btrim(coalesce(current_setting('pgaudit.log', true), '')) ~* '^(none)?$'
            THEN 'nothing_logged' ELSE 'changes_not_logged' END,
       coalesce(audit_logging.required, false),
       NULL
FROM pgaudit AS p
WHERE p.loaded
  -- Changes of objects (ddl) and of roles and privileges (role).
  AND NOT coalesce((current_setting('pgaudit.log', true) ~* '(^|,)[ ]*all[ ]*(,|$)'
                    OR current_setting('pgaudit.log', true) ~* '(^|,)[ ]*ddl[ ]*(,|$)'
                       AND current_setting('pgaudit.log', true) ~* '(^|,)[ ]*role[ ]*(,|$)')
                   AND current_setting('pgaudit.log', true) !~* '-[ ]*(ddl|role)', false)
UNION ALL
SELECT * FROM (
    SELECT concat_ws(' in ',
                     CASE WHEN o.setrole <> 0 THEN concat('role ', quote_ident(pg_get_userbyid(o.setrole))) END,
                     CASE WHEN o.setdatabase <> 0 THEN concat('database ', quote_ident(d.datname)) END),
           'overridden',
           coalesce(audit_logging.required, false),
           CASE WHEN o.setrole = 0 THEN format('ALTER DATABASE %I RESET pgaudit.log;', d.datname)
                WHEN o.setdatabase = 0 THEN format('ALTER ROLE %I RESET pgaudit.log;', pg_get_userbyid(o.setrole))
                ELSE format('ALTER ROLE %I IN DATABASE %I RESET pgaudit.log;', pg_get_userbyid(o.setrole), d.datname)
           END
    FROM pgaudit AS p
    CROSS JOIN pg_db_role_setting AS o
    LEFT JOIN pg_database AS d ON d.oid = o.setdatabase
    WHERE p.loaded
      AND EXISTS (SELECT FROM unnest(o.setconfig) AS c WHERE c ~* '^pgaudit[.]log=( *|none)$')
    ORDER BY 1
    LIMIT 100) AS o
