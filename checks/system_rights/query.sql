WITH allowed AS MATERIALIZED (
    -- The list is split once and not for each right, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(system_rights.allowed, '')), '[ ]*,[ ]*') AS names
), own AS MATERIALIZED (
    -- Exactly what the owner sets of posemo grant to their roles. A mark alone excepts nothing.
    SELECT r.oid AS grantee, w.object, w."column"
    FROM (VALUES
        ('posemo_authid', 'pg_authid', 'rolname'),
        ('posemo_authid', 'pg_authid', 'rolpassword'),
        ('posemo_files', 'pg_file_settings', NULL),
        ('posemo_files', 'pg_show_all_file_settings()', NULL),
        ('posemo_files', 'pg_stat_file(text)', NULL),
        ('posemo_hba', 'pg_hba_file_rules', NULL),
        ('posemo_hba', 'pg_hba_file_rules()', NULL),
        ('posemo_hba', 'pg_ident_file_mappings', NULL),
        ('posemo_hba', 'pg_ident_file_mappings()', NULL),
        ('posemo_mappings', 'pg_user_mapping', 'umuser'),
        ('posemo_mappings', 'pg_user_mapping', 'umserver'),
        ('posemo_mappings', 'pg_user_mapping', 'umoptions'),
        ('posemo_origins', 'pg_replication_origin_status', NULL),
        ('posemo_origins', 'pg_show_replication_origin_status()', NULL),
        ('posemo_statistics', 'pg_statistic', 'starelid'),
        ('posemo_statistics', 'pg_statistic', 'staattnum'),
        ('posemo_statistics', 'pg_statistic', 'stainherit'),
        ('posemo_statistics', 'pg_statistic', 'stanullfrac'),
        ('posemo_statistics', 'pg_statistic', 'stawidth'),
        ('posemo_subscriptions', 'pg_subscription', 'oid'),
        ('posemo_subscriptions', 'pg_subscription', 'subname'),
        ('posemo_subscriptions', 'pg_subscription', 'subconninfo')) AS w (role, object, "column")
    JOIN pg_roles AS r ON r.rolname = w.role
    JOIN pg_shdescription AS d
      ON d.classoid = CAST('pg_authid' AS regclass) AND d.objoid = r.oid AND d.description = '{"posemo":true}'
), initial AS MATERIALIZED (
    SELECT i.classoid, i.objoid, i.objsubid, a.grantee, a.privilege_type
    FROM pg_init_privs AS i
    CROSS JOIN LATERAL aclexplode(i.initprivs) AS a
), entry AS MATERIALIZED (
    SELECT CAST('pg_class' AS regclass) AS classoid, c.oid AS objoid, 0 AS objsubid,
           CAST(NULL AS name) AS "column", a.grantee, a.privilege_type, a.grantor
    FROM pg_class AS c
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    -- Relations that initdb created have smaller numbers.
    WHERE c.oid < oid '16384'
      AND c.relacl IS NOT NULL
      AND a.grantee <> c.relowner
      -- initdb records no rights on the information schema. It opens all views whose name does not begin with _pg_.
      AND NOT (a.privilege_type = 'SELECT'
               AND c.relname NOT LIKE '\_pg\_%'
               AND c.relnamespace = (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = 'information_schema'))
    UNION ALL
    SELECT CAST('pg_class' AS regclass), t.attrelid, CAST(t.attnum AS integer), t.attname,
           a.grantee, a.privilege_type, a.grantor
    FROM pg_attribute AS t
    CROSS JOIN LATERAL aclexplode(t.attacl) AS a
    WHERE t.attrelid < oid '16384'
      AND t.attacl IS NOT NULL
    UNION ALL
    -- Each function that not every role may execute has an entry in pg_init_privs. Of extensions, only functions count
    -- that are as powerful as a superuser.
    SELECT CAST('pg_proc' AS regclass), p.oid, 0, NULL, a.grantee, a.privilege_type, a.grantor
    FROM pg_proc AS p
    CROSS JOIN LATERAL aclexplode(p.proacl) AS a
    WHERE p.proacl IS NOT NULL
      AND (p.oid < oid '16384' OR p.proname IN ('dblink_connect_u', 'pg_file_write', 'pg_file_rename', 'pg_file_unlink',
                                                'pg_file_sync', 'heap_force_kill', 'heap_force_freeze'))
      AND a.grantee <> p.proowner
      AND p.oid IN (SELECT i.objoid FROM pg_init_privs AS i WHERE i.classoid = CAST('pg_proc' AS regclass))
    UNION ALL
    SELECT CAST('pg_namespace' AS regclass), n.oid, 0, NULL, a.grantee, a.privilege_type, a.grantor
    FROM pg_namespace AS n
    CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
    WHERE n.nspname IN ('pg_catalog', 'information_schema')
      AND n.nspacl IS NOT NULL
      AND a.grantee <> n.nspowner
      AND a.privilege_type = 'CREATE'
), excess AS MATERIALIZED (
    SELECT e.classoid, e.objoid, e."column", e.grantee, r.rolname, e.privilege_type
    FROM entry AS e
    LEFT JOIN pg_roles AS r ON r.oid = e.grantee
    WHERE NOT coalesce(r.rolsuper, false)
      AND NOT EXISTS (
          SELECT
          FROM initial AS i
          WHERE i.classoid = e.classoid
            AND i.objoid = e.objoid
            AND i.objsubid IN (0, e.objsubid)
            AND i.grantee IN (oid '0', e.grantee)
            AND i.privilege_type = e.privilege_type)
      -- Rights of PUBLIC have no role, and are always reported.
      AND NOT coalesce(CAST(r.rolname AS text) = ANY ((SELECT w.names FROM allowed AS w)::text[]), false)
), named AS MATERIALIZED (
    SELECT e.classoid, e.objoid, e."column", e.grantee, e.rolname, e.privilege_type,
           coalesce(c.relname, p.proname, s.nspname) AS name,
           n.nspname AS schema,
           c.relkind,
           -- Only pg_catalog is in the search path: the names of its functions have no schema here, those of others have.
           CASE WHEN p.oid IS NOT NULL THEN CAST(CAST(p.oid AS regprocedure) AS text)
                ELSE quote_ident(coalesce(c.relname, s.nspname)) END AS local
    FROM excess AS e
    LEFT JOIN pg_class AS c ON e.classoid = CAST('pg_class' AS regclass) AND c.oid = e.objoid
    LEFT JOIN pg_proc AS p ON e.classoid = CAST('pg_proc' AS regclass) AND p.oid = e.objoid
    LEFT JOIN pg_namespace AS s ON e.classoid = CAST('pg_namespace' AS regclass) AND s.oid = e.objoid
    LEFT JOIN pg_namespace AS n ON n.oid = coalesce(c.relnamespace, p.pronamespace)
), judged AS MATERIALIZED (
    SELECT x.*,
           CASE
               WHEN x.classoid = CAST('pg_namespace' AS regclass) THEN 'create'
               WHEN x.classoid = CAST('pg_proc' AS regclass) THEN
                   CASE
                       WHEN x.name IN ('pg_read_file', 'pg_read_file_old', 'pg_read_binary_file', 'lo_import', 'lo_export',
                                       'pg_file_write', 'pg_file_rename', 'pg_file_unlink', 'pg_file_sync') THEN 'files'
                       WHEN x.name = 'dblink_connect_u' THEN 'connections'
                       WHEN x.name IN ('pg_ls_dir', 'pg_stat_file') THEN 'file_names'
                       WHEN x.name IN ('pg_hba_file_rules', 'pg_show_all_file_settings') THEN 'configuration'
                       WHEN x.name LIKE 'pg\_stat\_reset%' THEN 'statistics'
                       WHEN x.name LIKE ANY (ARRAY['pg\_ls\_%', 'pg\_get\_%', 'pg\_show\_%', '%\_progress', '%\_is\_setup'])
                            OR x.name IN ('pg_config', 'pg_current_logfile', 'pg_ident_file_mappings', 'pg_stat_have_stats',
                                          'pg_replication_origin_oid') THEN 'reads'
                       ELSE 'control'
                   END
               WHEN x.privilege_type = 'SELECT' THEN
                   CASE
                       WHEN x.name = 'pg_authid' AND coalesce(x."column", 'rolpassword') = 'rolpassword'
                            OR x.name = 'pg_shadow' AND coalesce(x."column", 'passwd') = 'passwd'
                            OR x.name IN ('pg_user_mapping', '_pg_user_mappings')
                               AND coalesce(x."column", 'umoptions') = 'umoptions'
                            OR x.name = 'pg_subscription' AND coalesce(x."column", 'subconninfo') = 'subconninfo'
                            OR x.name = 'pg_largeobject' AND coalesce(x."column", 'data') = 'data' THEN 'secrets'
                       WHEN x.name = 'pg_statistic' AND coalesce(x."column", 'stavalues') LIKE 'stavalues%'
                            OR x.name = 'pg_statistic_ext_data' AND coalesce(x."column", 'stxdmcv') IN ('stxdmcv', 'stxdexpr')
                            THEN 'values'
                       WHEN x.name IN ('pg_hba_file_rules', 'pg_file_settings') THEN 'configuration'
                       WHEN x."column" IS NOT NULL THEN 'harmless'
                       ELSE 'reads'
                   END
               WHEN x.privilege_type = 'MAINTAIN' THEN 'locks'
               -- The server refuses all changes of catalogs by roles that are not superusers.
               WHEN x.schema = 'pg_catalog' AND x.relkind = 'r' OR x.privilege_type IN ('REFERENCES', 'TRIGGER') THEN 'harmless'
               -- A view changes its catalog with the rights of its owner.
               ELSE 'writes'
           END AS rule
    FROM named AS x
    WHERE NOT EXISTS (
        SELECT
        FROM own AS o
        WHERE o.grantee = x.grantee
          AND x.schema = 'pg_catalog'
          AND o.object = x.local
          AND o."column" IS NOT DISTINCT FROM CAST(x."column" AS text)
          AND x.privilege_type IN ('SELECT', 'EXECUTE'))
), weighed AS (
    SELECT j.*,
           CASE WHEN j.rule IN ('create', 'files', 'connections', 'secrets') THEN 1
                WHEN j.rule IN ('control', 'writes', 'values', 'configuration', 'file_names') THEN 2
                WHEN j.rule IN ('reads', 'statistics', 'locks') THEN 3
                ELSE 4
           END AS rank
    FROM judged AS j
)
SELECT CASE WHEN w.schema IS NULL OR w.classoid = CAST('pg_proc' AS regclass) AND w.schema <> 'pg_catalog' THEN w.local
            ELSE concat(quote_ident(w.schema), '.', w.local) END AS object,
       CASE WHEN w.classoid = CAST('pg_proc' AS regclass) THEN 'function'
            WHEN w.classoid = CAST('pg_namespace' AS regclass) THEN 'schema'
            ELSE 'table' END AS kind,
       string_agg(DISTINCT quote_ident(w."column"), ', ') AS columns,
       -- A role can have the name PUBLIC, too.
       CASE WHEN w.grantee = oid '0' THEN 'PUBLIC'
            WHEN w.rolname = 'PUBLIC' THEN '"PUBLIC"'
            ELSE coalesce(CAST(w.rolname AS text), CAST(w.grantee AS text)) END AS grantee,
       CASE WHEN w.grantee = oid '0' THEN 'PUBLIC' ELSE coalesce(quote_ident(w.rolname), CAST(w.grantee AS text)) END AS target,
       string_agg(DISTINCT w.privilege_type, ', ') AS rights,
       w.rule,
       CASE w.rank WHEN 1 THEN 'critical' WHEN 2 THEN 'error' WHEN 3 THEN 'warning' ELSE 'notice' END AS severity
FROM weighed AS w
GROUP BY w.rank, w.rule, w.classoid, w.objoid, w.schema, w.local, w.grantee, w.rolname, w."column" IS NULL
ORDER BY w.rank, object, grantee, columns
LIMIT 500
