-- Installs posemo VERSION on PostgreSQL 17.4.
-- Run it as a superuser:  psql -X -d postgres -f FILE
\set ON_ERROR_STOP on
\set QUIET on
\encoding UTF8
SET search_path = pg_catalog, pg_temp;
SET standard_conforming_strings = on;
SET ROLE NONE;

-- What several steps do. Nothing is changed here.

-- set the session's parameters
SELECT $posemo_$SELECT $posemo$SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL standard_conforming_strings = on;
SET LOCAL transform_null_equals = off;
SET LOCAL check_function_bodies = on;
SET LOCAL client_min_messages = warning;
SET LOCAL lock_timeout = '10s';
SET LOCAL work_mem = '64MB';
SET LOCAL hash_mem_multiplier = 1;
SET LOCAL createrole_self_grant = '';$posemo$$posemo_$ AS posemo_text_1 \gset

-- create schema posemo
SELECT $posemo_$SELECT $posemo$CREATE SCHEMA "posemo";
REVOKE ALL ON SCHEMA "posemo" FROM PUBLIC;
COMMENT ON SCHEMA "posemo" IS '{"posemo":true}';$posemo$
WHERE (EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'posemo')) IS NOT TRUE$posemo_$ AS posemo_text_2 \gset

-- grant USAGE on schema posemo to role posemo
SELECT $posemo_$SELECT $posemo$GRANT USAGE ON SCHEMA "posemo" TO "posemo";$posemo$
WHERE (EXISTS (
  SELECT FROM pg_catalog.pg_namespace AS n
  CROSS JOIN pg_catalog.aclexplode(n.nspacl) AS a
  JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
  WHERE n.nspname = 'posemo' AND r.rolname = 'posemo' AND a.privilege_type = 'USAGE'
)) IS NOT TRUE$posemo_$ AS posemo_text_3 \gset

-- revoke privileges that owner roles no longer need
SELECT $posemo__$SELECT $posemo_$DO $posemo$
DECLARE
  fix text;
BEGIN
  FOR fix IN SELECT e.fix FROM (
WITH who AS (
  SELECT r.oid, r.rolname, r.rolname = 'posemo' AS monitor,
    pg_catalog.shobj_description(r.oid, 'pg_authid') = '{"posemo":true}' AND r.rolname IN ('') AS own
  FROM pg_catalog.pg_roles AS r
  WHERE r.rolname IN ('posemo', 'posemo_authid', 'posemo_files', 'posemo_hba', 'posemo_logs', 'posemo_mappings', 'posemo_monitor', 'posemo_origins', 'posemo_plain', 'posemo_sequences', 'posemo_settings', 'posemo_statistics', 'posemo_stats', 'posemo_subscriptions')
)
SELECT x.role, x.privilege || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END || ' on ' || x.object AS excess,
  CASE
    -- As the owner, only the owner's grants can be revoked; another grantor's grants end with its grant option.
    WHEN x.grantor IS NOT NULL
    THEN pg_catalog.format('REVOKE GRANT OPTION FOR %s ON %s FROM %I CASCADE', x.privilege, x.object, pg_catalog.pg_get_userbyid(x.grantor))
    WHEN x.expected THEN pg_catalog.format('REVOKE GRANT OPTION FOR %s ON %s FROM %I', x.privilege, x.object, x.role)
    ELSE pg_catalog.format('REVOKE %s ON %s FROM %I', x.privilege, x.object, x.role) END AS fix,
  (x.system OR coalesce(x.own, false)) AND x.grantor IS NULL AS revocable
FROM (
  SELECT w.rolname, w.own, a.privilege_type, a.is_grantable, nullif(a.grantor, c.relowner),
    CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::pg_catalog.regclass::pg_catalog.text,
    a.privilege_type = 'SELECT' AND ((c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND EXISTS (SELECT FROM pg_catalog.pg_init_privs AS u CROSS JOIN LATERAL pg_catalog.aclexplode(u.initprivs) AS x
      WHERE u.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND u.objoid = c.oid AND u.objsubid = 0 AND x.grantee = 0 AND x.privilege_type = 'SELECT'))


      OR w.rolname = 'posemo_files' AND c.oid = 'pg_catalog.pg_file_settings'::pg_catalog.regclass

      OR w.rolname = 'posemo_hba' AND c.oid = 'pg_catalog.pg_hba_file_rules'::pg_catalog.regclass

      OR w.rolname = 'posemo_hba' AND c.oid = 'pg_catalog.pg_ident_file_mappings'::pg_catalog.regclass

      OR w.rolname = 'posemo_origins' AND c.oid = 'pg_catalog.pg_replication_origin_status'::pg_catalog.regclass

    ), c.relnamespace IN ('pg_catalog'::pg_catalog.regnamespace, 'information_schema'::pg_catalog.regnamespace)
    FROM pg_catalog.pg_class AS c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a JOIN who AS w ON w.oid = a.grantee
    WHERE c.relacl IS NOT NULL AND c.relowner <> w.oid
  UNION ALL
  SELECT w.rolname, w.own, pg_catalog.format('%s (%I)', a.privilege_type, t.attname), a.is_grantable, nullif(a.grantor, c.relowner),
    'TABLE ' || t.attrelid::pg_catalog.regclass::pg_catalog.text,
    a.privilege_type = 'SELECT' AND ((c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND EXISTS (SELECT FROM pg_catalog.pg_init_privs AS u CROSS JOIN LATERAL pg_catalog.aclexplode(u.initprivs) AS x
      WHERE u.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND u.objoid = c.oid AND u.objsubid = t.attnum AND x.grantee = 0 AND x.privilege_type = 'SELECT'))


      OR w.rolname = 'posemo_authid' AND t.attrelid = 'pg_catalog.pg_authid'::pg_catalog.regclass
        AND t.attname IN ('rolname', 'rolpassword')

      OR w.rolname = 'posemo_mappings' AND t.attrelid = 'pg_catalog.pg_user_mapping'::pg_catalog.regclass
        AND t.attname IN ('umuser', 'umserver', 'umoptions')

      OR w.rolname = 'posemo_statistics' AND t.attrelid = 'pg_catalog.pg_statistic'::pg_catalog.regclass
        AND t.attname IN ('starelid', 'staattnum', 'stainherit', 'stanullfrac', 'stawidth')

      OR w.rolname = 'posemo_subscriptions' AND t.attrelid = 'pg_catalog.pg_subscription'::pg_catalog.regclass
        AND t.attname IN ('subname', 'subconninfo')

    ), c.relnamespace IN ('pg_catalog'::pg_catalog.regnamespace, 'information_schema'::pg_catalog.regnamespace)
    FROM pg_catalog.pg_attribute AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.attrelid
    CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) AS a JOIN who AS w ON w.oid = a.grantee
    WHERE t.attacl IS NOT NULL
  UNION ALL
  SELECT w.rolname, w.own, a.privilege_type, a.is_grantable, nullif(a.grantor, p.proowner), CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || p.oid::pg_catalog.regprocedure::pg_catalog.text,
    w.monitor AND n.nspname = 'posemo' OR (p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.proname !~ E'^(lo_.*|lowrite|loread|pg_notify|pg_advisory_.*|pg_try_advisory_.*|txid_current|pg_current_xact_id|pg_export_snapshot|pg_sleep.*)\U00000024' AND p.prokind = 'f'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs AS u WHERE u.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND u.objoid = p.oid))


      OR w.rolname = 'posemo_files' AND p.oid = 'pg_catalog.pg_show_all_file_settings()'::pg_catalog.regprocedure

      OR w.rolname = 'posemo_files' AND p.oid = 'pg_catalog.pg_stat_file(text)'::pg_catalog.regprocedure

      OR w.rolname = 'posemo_hba' AND p.oid = 'pg_catalog.pg_hba_file_rules()'::pg_catalog.regprocedure

      OR w.rolname = 'posemo_hba' AND p.oid = 'pg_catalog.pg_ident_file_mappings()'::pg_catalog.regprocedure

      OR w.rolname = 'posemo_logs' AND p.oid = 'pg_catalog.pg_current_logfile(text)'::pg_catalog.regprocedure

      OR w.rolname = 'posemo_logs' AND p.oid = 'pg_catalog.pg_ls_logdir()'::pg_catalog.regprocedure

      OR w.rolname = 'posemo_logs' AND p.oid = 'pg_catalog.pg_read_binary_file(text,bigint,bigint)'::pg_catalog.regprocedure

      OR w.rolname = 'posemo_origins' AND p.oid = 'pg_catalog.pg_show_replication_origin_status()'::pg_catalog.regprocedure

    , n.nspname IN ('pg_catalog', 'information_schema')
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    CROSS JOIN LATERAL pg_catalog.aclexplode(p.proacl) AS a JOIN who AS w ON w.oid = a.grantee
    WHERE p.proacl IS NOT NULL AND p.proowner <> w.oid
  UNION ALL
  SELECT w.rolname, w.own, a.privilege_type, a.is_grantable, nullif(a.grantor, o.nspowner), 'SCHEMA ' || pg_catalog.quote_ident(o.nspname), a.privilege_type = 'USAGE' AND (o.nspname = 'posemo' AND w.monitor
      OR NOT w.monitor AND o.oid IN (SELECT e.extnamespace FROM pg_catalog.pg_extension AS e WHERE e.extname IN ('pg_stat_statements', 'pg_visibility'))

    ), a.privilege_type = 'USAGE' AND NOT w.monitor
    FROM pg_catalog.pg_namespace AS o CROSS JOIN LATERAL pg_catalog.aclexplode(o.nspacl) AS a JOIN who AS w ON w.oid = a.grantee WHERE o.nspacl IS NOT NULL
  UNION ALL
  SELECT w.rolname, w.own, a.privilege_type, a.is_grantable, nullif(a.grantor, o.datdba), 'DATABASE ' || pg_catalog.quote_ident(o.datname), w.monitor AND a.privilege_type = 'CONNECT', false
    FROM pg_catalog.pg_database AS o CROSS JOIN LATERAL pg_catalog.aclexplode(o.datacl) AS a JOIN who AS w ON w.oid = a.grantee WHERE o.datacl IS NOT NULL
  UNION ALL
  SELECT w.rolname, w.own, a.privilege_type, a.is_grantable, nullif(a.grantor, o.typowner), (SELECT pg_catalog.format('TYPE %I.%I', n.nspname, o.typname) FROM pg_catalog.pg_namespace AS n WHERE n.oid = o.typnamespace), false, false
    FROM pg_catalog.pg_type AS o CROSS JOIN LATERAL pg_catalog.aclexplode(o.typacl) AS a JOIN who AS w ON w.oid = a.grantee WHERE o.typacl IS NOT NULL
  UNION ALL
  SELECT w.rolname, w.own, a.privilege_type, a.is_grantable, nullif(a.grantor, o.lanowner), 'LANGUAGE ' || pg_catalog.quote_ident(o.lanname), false, false
    FROM pg_catalog.pg_language AS o CROSS JOIN LATERAL pg_catalog.aclexplode(o.lanacl) AS a JOIN who AS w ON w.oid = a.grantee WHERE o.lanacl IS NOT NULL
  UNION ALL
  SELECT w.rolname, w.own, a.privilege_type, a.is_grantable, nullif(a.grantor, o.spcowner), 'TABLESPACE ' || pg_catalog.quote_ident(o.spcname), false, false
    FROM pg_catalog.pg_tablespace AS o CROSS JOIN LATERAL pg_catalog.aclexplode(o.spcacl) AS a JOIN who AS w ON w.oid = a.grantee WHERE o.spcacl IS NOT NULL
  UNION ALL
  SELECT w.rolname, w.own, a.privilege_type, a.is_grantable, nullif(a.grantor, o.fdwowner), 'FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(o.fdwname), false, false
    FROM pg_catalog.pg_foreign_data_wrapper AS o CROSS JOIN LATERAL pg_catalog.aclexplode(o.fdwacl) AS a JOIN who AS w ON w.oid = a.grantee WHERE o.fdwacl IS NOT NULL
  UNION ALL
  SELECT w.rolname, w.own, a.privilege_type, a.is_grantable, nullif(a.grantor, o.srvowner), 'FOREIGN SERVER ' || pg_catalog.quote_ident(o.srvname), false, false
    FROM pg_catalog.pg_foreign_server AS o CROSS JOIN LATERAL pg_catalog.aclexplode(o.srvacl) AS a JOIN who AS w ON w.oid = a.grantee WHERE o.srvacl IS NOT NULL
  UNION ALL
  SELECT w.rolname, w.own, a.privilege_type, a.is_grantable, nullif(a.grantor, o.lomowner), 'LARGE OBJECT ' || o.oid::pg_catalog.text, false, false
    FROM pg_catalog.pg_largeobject_metadata AS o CROSS JOIN LATERAL pg_catalog.aclexplode(o.lomacl) AS a JOIN who AS w ON w.oid = a.grantee WHERE o.lomacl IS NOT NULL
  UNION ALL
  SELECT w.rolname, w.own, a.privilege_type, a.is_grantable, nullif(a.grantor, 10), 'PARAMETER ' || o.parname, false, false
    FROM pg_catalog.pg_parameter_acl AS o CROSS JOIN LATERAL pg_catalog.aclexplode(o.paracl) AS a JOIN who AS w ON w.oid = a.grantee WHERE o.paracl IS NOT NULL
) AS x(role, own, privilege, is_grantable, grantor, object, expected, system)
WHERE x.is_grantable OR NOT x.expected
  ) AS e WHERE e.revocable AND e.role <> 'posemo' ORDER BY e.fix
  LOOP
    EXECUTE fix;
  END LOOP;
END
$posemo$;$posemo_$$posemo__$ AS posemo_text_4 \gset

-- revoke privileges of owner sets that no check needs any more
SELECT $posemo__$SELECT $posemo_$DO $posemo$
DECLARE
  fix text;
BEGIN
  FOR fix IN
SELECT DISTINCT pg_catalog.format('REVOKE ALL ON %s%s FROM %I', CASE WHEN n.oid IS NOT NULL THEN 'SCHEMA ' END,
    coalesce(pg_catalog.quote_ident(n.nspname), c.oid::pg_catalog.regclass::pg_catalog.text), r.rolname) AS fix
FROM pg_catalog.pg_roles AS r
JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
JOIN pg_catalog.pg_shdepend AS s ON s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = r.oid
  AND s.dbid = d.oid AND s.deptype = 'a'
LEFT JOIN pg_catalog.pg_class AS c ON s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = s.objid
LEFT JOIN pg_catalog.pg_namespace AS n ON s.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND n.oid = s.objid
WHERE pg_catalog.starts_with(r.rolname::pg_catalog.text, 'posemo_own_') AND NOT r.rolcanlogin
  AND pg_catalog.shobj_description(r.oid, 'pg_authid') = '{"posemo":true}'
  AND r.rolname NOT IN ('posemo_authid', 'posemo_files', 'posemo_hba', 'posemo_logs', 'posemo_mappings', 'posemo_monitor', 'posemo_origins', 'posemo_plain', 'posemo_sequences', 'posemo_settings', 'posemo_statistics', 'posemo_stats', 'posemo_subscriptions')
  AND coalesce(c.oid, n.oid) IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_shdepend AS o
    WHERE o.refclassid = s.refclassid AND o.refobjid = r.oid AND o.dbid = d.oid AND o.deptype = 'o')
    ORDER BY 1
  LOOP
    EXECUTE fix;
  END LOOP;
END
$posemo$;$posemo_$$posemo__$ AS posemo_text_5 \gset

-- grant what is revoked from PUBLIC on system objects
SELECT $posemo__$SELECT $posemo_$DO $posemo$
DECLARE
  fix text;
BEGIN
  FOR fix IN SELECT o.fix FROM (
WITH RECURSIVE object AS MATERIALIZED (
  SELECT c.oid, c.relname::pg_catalog.text AS name, c.relkind = 'v' AS view, 'SELECT' AS privilege, c.oid::pg_catalog.regclass::pg_catalog.text AS object,
    NOT EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) AS a WHERE a.grantee = 0 AND a.privilege_type = 'SELECT') AS closed
  FROM pg_catalog.pg_class AS c WHERE c.relacl IS NOT NULL AND (c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND EXISTS (SELECT FROM pg_catalog.pg_init_privs AS u CROSS JOIN LATERAL pg_catalog.aclexplode(u.initprivs) AS x
       WHERE u.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND u.objoid = c.oid AND u.objsubid = 0 AND x.grantee = 0 AND x.privilege_type = 'SELECT'))

  UNION ALL
  -- PUBLIC can read some columns of it, such as of pg_subscription.
  SELECT c.oid, c.relname, false, pg_catalog.format('SELECT (%s)', pg_catalog.string_agg(pg_catalog.quote_ident(t.attname), ', ' ORDER BY t.attnum)),
    c.oid::pg_catalog.regclass::pg_catalog.text,
    bool_or(NOT EXISTS (SELECT FROM pg_catalog.aclexplode(t.attacl) AS a WHERE a.grantee = 0 AND a.privilege_type = 'SELECT'))
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS t ON t.attrelid = c.oid AND t.attnum > 0
  WHERE (c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND EXISTS (SELECT FROM pg_catalog.pg_init_privs AS u CROSS JOIN LATERAL pg_catalog.aclexplode(u.initprivs) AS x
       WHERE u.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND u.objoid = c.oid AND u.objsubid = t.attnum AND x.grantee = 0 AND x.privilege_type = 'SELECT'))

  GROUP BY c.oid, c.relname
  UNION ALL
  SELECT p.oid, p.proname, false, 'EXECUTE', p.oid::pg_catalog.regprocedure::pg_catalog.text, true
  FROM pg_catalog.pg_proc AS p WHERE p.proacl IS NOT NULL AND (p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.proname !~ E'^(lo_.*|lowrite|loread|pg_notify|pg_advisory_.*|pg_try_advisory_.*|txid_current|pg_current_xact_id|pg_export_snapshot|pg_sleep.*)\U00000024' AND p.prokind = 'f'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs AS u WHERE u.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND u.objoid = p.oid))

    AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(p.proacl) AS a WHERE a.grantee = 0)
), reader AS (
  SELECT r.oid AS role, r.rolname, p.prosrc AS text FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_catalog.pg_roles AS r ON r.oid = p.proowner
  WHERE n.nspname = 'posemo' AND r.rolname IN ('posemo_authid', 'posemo_files', 'posemo_hba', 'posemo_logs', 'posemo_mappings', 'posemo_monitor', 'posemo_origins', 'posemo_plain', 'posemo_sequences', 'posemo_settings', 'posemo_statistics', 'posemo_stats', 'posemo_subscriptions')
    AND EXISTS (SELECT FROM object AS o WHERE o.closed)
  UNION ALL SELECT r.oid, r.rolname, 'pg_database pg_namespace pg_shdepend pg_description pg_shdescription pg_class aclcontains aclexplode makeaclitem obj_description shobj_description pg_has_role pg_is_in_recovery to_regnamespace to_regproc current_setting set_config version jsonb_typeof' FROM pg_catalog.pg_roles AS r
  WHERE r.rolname = 'posemo' AND EXISTS (SELECT FROM object AS o WHERE o.closed)
), need AS (
  SELECT r.role, r.rolname, o.oid, o.view, o.privilege, o.object, o.closed
  FROM reader AS r JOIN object AS o ON r.text ~ ('\m' || o.name || '\M')
  UNION
  SELECT n.role, n.rolname, o.oid, o.view, o.privilege, o.object, o.closed AND o.privilege = 'EXECUTE'
  FROM need AS n CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_viewdef(n.oid) OFFSET 0) AS v(text)
  JOIN object AS o ON v.text ~ ('\m' || o.name || '\M') AND (o.view OR o.privilege = 'EXECUTE') WHERE n.view
)
SELECT DISTINCT n.rolname AS role, n.privilege, n.object,
  pg_catalog.format('GRANT %s ON %s%s TO %I', n.privilege, CASE n.privilege WHEN 'EXECUTE' THEN 'FUNCTION ' ELSE '' END, n.object, n.rolname) AS fix
FROM need AS n
WHERE n.closed AND NOT CASE WHEN n.privilege = 'SELECT' THEN pg_catalog.has_table_privilege(n.role, n.oid, 'SELECT')
  WHEN n.privilege = 'EXECUTE' THEN pg_catalog.has_function_privilege(n.role, n.oid, 'EXECUTE')
  ELSE (SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(n.role, n.oid, t.attnum, 'SELECT'))
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS t ON t.attrelid = c.oid AND t.attnum > 0
    WHERE c.oid = n.oid AND (c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND EXISTS (SELECT FROM pg_catalog.pg_init_privs AS u CROSS JOIN LATERAL pg_catalog.aclexplode(u.initprivs) AS x
       WHERE u.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND u.objoid = c.oid AND u.objsubid = t.attnum AND x.grantee = 0 AND x.privilege_type = 'SELECT'))
) END
  ) AS o ORDER BY o.fix
  LOOP
    EXECUTE fix;
  END LOOP;
END
$posemo$;$posemo_$$posemo__$ AS posemo_text_6 \gset

-- create database mon
SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = 'mon') AS done \gset
\if :done
\else
CREATE DATABASE "mon" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' ALLOW_CONNECTIONS false CONNECTION LIMIT 1886352229;
\endif

-- open database mon
SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = 'mon' AND NOT datallowconn AND datconnlimit = 1886352229) AS done \gset
\if :done
\else
BEGIN; COMMENT ON DATABASE "mon" IS '{"posemo":true}'; ALTER DATABASE "mon" ALLOW_CONNECTIONS true CONNECTION LIMIT -1; COMMIT;
\endif

\connect -reuse-previous=on "dbname='mon'"
SET search_path = pg_catalog, pg_temp;
SET standard_conforming_strings = on;
SET ROLE NONE;
BEGIN;
-- set the session's parameters
:posemo_text_1 \gexec

-- check the preconditions in database mon
DO $posemo$
DECLARE
  found text;
  fix text;
BEGIN
  -- First, because every later statement calls objects of pg_catalog.
  SELECT o.object || ': ' || o.what, o.fix INTO found, fix FROM (
  SELECT 'schema pg_catalog'::pg_catalog.text AS object,
    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE 'role ' || pg_catalog.quote_ident(g.rolname::pg_catalog.text) END || ' can create objects in it' AS what,
    'REVOKE CREATE ON SCHEMA pg_catalog FROM ' || CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(g.rolname::pg_catalog.text) END
      || ' CASCADE' AS fix
  FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
  LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantee
  WHERE n.nspname = 'pg_catalog' AND a.grantee <> n.nspowner AND a.privilege_type = 'CREATE' AND g.rolsuper IS NOT TRUE
  UNION ALL
  SELECT i.object, 'it belongs to role ' || pg_catalog.quote_ident(r.rolname::pg_catalog.text) || ', which is not a superuser',
    -- A superuser must not become the owner of a function that another role wrote.
    CASE WHEN i.code AND i.oid >= 16384 THEN 'DROP ' || i.object
      ELSE CASE WHEN i.code THEN 'ALTER ' || i.object || ' SECURITY INVOKER; ' ELSE '' END || 'ALTER ' || i.object || ' OWNER TO CURRENT_USER' END
  FROM (
    SELECT 'SCHEMA pg_catalog'::pg_catalog.text, n.nspowner, n.oid, false FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'pg_catalog'
    UNION ALL SELECT 'ROUTINE ' || p.oid::pg_catalog.regprocedure::pg_catalog.text, p.proowner, p.oid, p.prosecdef OR p.oid >= 16384 FROM pg_catalog.pg_proc AS p
      JOIN pg_catalog.pg_roles AS r ON r.oid = p.proowner AND NOT r.rolsuper
      WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
    UNION ALL SELECT 'OPERATOR pg_catalog.' || o.oprname::pg_catalog.text || ' ('
        || CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE o.oprleft::pg_catalog.regtype::pg_catalog.text END || ', '
        || CASE WHEN o.oprright = 0 THEN 'NONE' ELSE o.oprright::pg_catalog.regtype::pg_catalog.text END || ')', o.oprowner, o.oid, false
      FROM pg_catalog.pg_operator AS o JOIN pg_catalog.pg_roles AS r ON r.oid = o.oprowner AND NOT r.rolsuper
      WHERE o.oprnamespace = 'pg_catalog'::pg_catalog.regnamespace
    -- Row types and array types have the owner of their table or element type.
    UNION ALL SELECT pg_catalog.format('TYPE pg_catalog.%I', t.typname), t.typowner, t.oid, false FROM pg_catalog.pg_type AS t
      JOIN pg_catalog.pg_roles AS r ON r.oid = t.typowner AND NOT r.rolsuper
      WHERE t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace AND t.typrelid = 0
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = t.oid)
    UNION ALL SELECT pg_catalog.upper(d.type) || ' ' || d.identity, o.owner, o.oid, o.oid >= 16384 AND d.type IN ('view', 'materialized view')
      FROM (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS class, c.oid, c.relnamespace AS namespace, c.relowner AS owner
      FROM pg_catalog.pg_class AS c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, o.oid, o.collnamespace, o.collowner FROM pg_catalog.pg_collation AS o
    UNION ALL SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, o.oid, o.connamespace, o.conowner FROM pg_catalog.pg_conversion AS o
    UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, o.oid, o.opcnamespace, o.opcowner FROM pg_catalog.pg_opclass AS o
    UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, o.oid, o.opfnamespace, o.opfowner FROM pg_catalog.pg_opfamily AS o
    UNION ALL SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, o.oid, o.cfgnamespace, o.cfgowner FROM pg_catalog.pg_ts_config AS o
    UNION ALL SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, o.oid, o.dictnamespace, o.dictowner FROM pg_catalog.pg_ts_dict AS o
    UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, o.oid, o.stxnamespace, o.stxowner FROM pg_catalog.pg_statistic_ext AS o
      ) AS o JOIN pg_catalog.pg_roles AS r ON r.oid = o.owner AND NOT r.rolsuper
      CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.class, o.oid, 0) AS d
      WHERE o.namespace = 'pg_catalog'::pg_catalog.regnamespace
  ) AS i(object, owner, oid, code) JOIN pg_catalog.pg_roles AS r ON r.oid = i.owner
  WHERE NOT r.rolsuper
  UNION ALL
  SELECT 'cast from ' || c.castsource::pg_catalog.regtype::pg_catalog.text || ' to ' || c.casttarget::pg_catalog.regtype::pg_catalog.text,
    'its function ' || p.oid::pg_catalog.regprocedure::pg_catalog.text || ' belongs to role ' || pg_catalog.quote_ident(r.rolname::pg_catalog.text)
      || ', which is not a superuser',
    'DROP CAST (' || c.castsource::pg_catalog.regtype::pg_catalog.text || ' AS ' || c.casttarget::pg_catalog.regtype::pg_catalog.text || ')'
  FROM pg_catalog.pg_cast AS c JOIN pg_catalog.pg_proc AS p ON p.oid = c.castfunc JOIN pg_catalog.pg_roles AS r ON r.oid = p.proowner
  WHERE NOT r.rolsuper AND c.castsource < 16384 AND c.casttarget < 16384 AND p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
  ) AS o LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'another role could run code as you during the installation: %', found USING HINT = 'To fix it: ' || fix || '.';
  END IF;
  IF session_user <> current_user THEN
    RAISE EXCEPTION 'the session of % runs as %', session_user, current_user
      USING HINT = 'A setting of the database or the role changes the role at login. Find it in pg_db_role_setting and reset it.';
  END IF;
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user) THEN
    RAISE EXCEPTION 'role % is not a superuser', current_user
      USING HINT = 'Connect as a superuser: -U postgres; or print the script with --without-superuser.',
        ERRCODE = 'insufficient_privilege';
  END IF;
  IF pg_catalog.pg_is_in_recovery() THEN
    RAISE EXCEPTION 'this server is a standby'
      USING HINT = 'Install on its primary; replication copies the installation to the standby.',
        ERRCODE = 'read_only_sql_transaction';
  END IF;
  IF NOT pg_catalog.pg_try_advisory_xact_lock(123623979707759) THEN
    RAISE EXCEPTION 'another posemo install or uninstall runs in this database'
      USING HINT = 'Wait until it ends.', ERRCODE = 'lock_not_available';
  END IF;
  SELECT pg_catalog.format('event trigger %I, whose function belongs to %I', e.evtname, r.rolname) INTO found
    FROM pg_catalog.pg_event_trigger AS e
    JOIN pg_catalog.pg_proc AS p ON p.oid = e.evtfoid
    JOIN pg_catalog.pg_roles AS r ON r.oid = p.proowner
    WHERE e.evtenabled <> 'D' AND NOT r.rolsuper LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'the database has an %', found
      USING HINT = 'Its owner could run code as you during the installation. Disable it, or make a superuser the owner of its function.';
  END IF;
  SELECT pg_catalog.format('role %I', r.rolname) INTO found
    FROM pg_catalog.pg_roles AS r
    WHERE false
      OR r.rolname = 'posemo_authid' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_files' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_settings')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_hba' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_logs' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_mappings' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_monitor' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_monitor')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_origins' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_plain' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_sequences' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_data')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_settings' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_settings')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_statistics' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_stats' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_stats')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_subscriptions' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
    LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% exists and has more privileges than posemo''s owner roles need', found
      USING HINT = 'It must be NOLOGIN, without other attributes, other memberships and members. posemo verify -v lists the excess and the statements that remove it. If another role installed posemo, connect as that role.';
  END IF;
  SELECT pg_catalog.format('role %I', r.rolname) INTO found
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname = 'posemo'
      AND (NOT r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls
        OR r.rolinherit OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS x WHERE x.member = r.oid AND NOT (x.inherit_option AND NOT x.set_option AND NOT x.admin_option AND x.roleid = (
       SELECT y.oid FROM pg_catalog.pg_roles AS y WHERE y.rolname = 'pg_use_reserved_connections'))
)
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
));
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% exists and is more than a login role', found
      USING HINT = 'The monitor role must be LOGIN and NOINHERIT, without other attributes, memberships and members. Fix or drop it, or name another role with --monitor-role.';
  END IF;
  SELECT pg_catalog.format('schema %I', n.nspname) INTO found
    FROM pg_catalog.pg_namespace AS n JOIN pg_catalog.pg_roles AS r ON r.oid = n.nspowner
    WHERE n.nspname = 'posemo'
      AND (NOT r.rolsuper OR (pg_catalog.obj_description(n.oid, 'pg_namespace') ~ E'^\\{"posemo":true[,}]') IS NOT TRUE);
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% exists and was not created by posemo', found
      USING HINT = 'Rename or drop it, or name another schema with --schema. If another role installed posemo, connect as that role.';
  END IF;
  SELECT pg_catalog.format('schema %I is part of the installation with monitor role %I', n.nspname, r.rolname) INTO found
    FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
    JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
    WHERE n.nspname = 'posemo' AND r.rolname <> 'posemo' AND r.rolcanlogin
      AND pg_catalog.shobj_description(r.oid, 'pg_authid') = '{"posemo":true}' LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '%', found
      USING HINT = 'Name another schema with --schema, or this role with --monitor-role.';
  END IF;
  SELECT o.found INTO found FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL (
    SELECT pg_catalog.format('function %s', p.oid::pg_catalog.regprocedure) FROM pg_catalog.pg_proc AS p
      WHERE p.pronamespace = n.oid
        AND (pg_catalog.obj_description(p.oid, 'pg_proc') IS NULL
          -- A function of an extension is dropped when the owner of the extension drops it.
          OR EXISTS (SELECT FROM pg_catalog.pg_depend AS m WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND m.objid = p.oid AND m.deptype = 'e')
          OR pg_catalog.obj_description(p.oid, 'pg_proc') NOT LIKE '{"posemo":%'
          OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.oid = p.proowner
            AND (r.rolname IN ('posemo_authid', 'posemo_files', 'posemo_hba', 'posemo_logs', 'posemo_mappings', 'posemo_monitor', 'posemo_origins', 'posemo_plain', 'posemo_sequences', 'posemo_settings', 'posemo_statistics', 'posemo_stats', 'posemo_subscriptions')
              -- An owner role of an earlier catalog.
              OR NOT r.rolcanlogin AND NOT r.rolsuper AND pg_catalog.shobj_description(r.oid, 'pg_authid') = '{"posemo":true}'))
          -- After the restore of a dump without owners, a function belongs to another role. With exactly the expected text and
          -- comment it is posemo's: it is dropped and created again.
          AND NOT EXISTS (SELECT FROM (
SELECT w.* FROM (VALUES
  (NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.bool, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid[],
    NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid, NULL::pg_catalog.oid)

) AS w (function, want_owner, superuser, want_arguments, want_names, want_types,
  want_modes, want_defaults, want_comment, want_body, want_settings, want_extension, want_access)
WHERE w.function IS NOT NULL

            ) AS w WHERE p.proname = w.function AND pg_catalog.obj_description(p.oid, 'pg_proc') = w.want_comment
              AND pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex') = w.want_body))
    -- Every object in a schema depends on it; row types of tables depend on it through their table.
    UNION ALL SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_catalog.pg_depend AS d
      WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
        AND d.classid <> 'pg_catalog.pg_proc'::pg_catalog.regclass
  ) AS o(found)
  WHERE n.nspname = 'posemo' LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% is not part of posemo', found
      USING HINT = 'The schema must contain nothing else. Drop the object, or move it to another schema. Functions of your own checks that belong to a superuser require --allow-superuser-owner.';
  END IF;
END
$posemo$;

-- revoke memberships that owner roles no longer need
DO $posemo$
DECLARE
  fix text;
BEGIN
  FOR fix IN
SELECT pg_catalog.format('REVOKE %I FROM %I', g.rolname, r.rolname)
FROM pg_catalog.pg_roles AS r
JOIN pg_catalog.pg_auth_members AS m ON m.member = r.oid
JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
WHERE pg_catalog.shobj_description(r.oid, 'pg_authid') = '{"posemo":true}' AND (false
    OR r.rolname = 'posemo_authid' AND (m.admin_option OR g.rolname NOT IN (''))
    OR r.rolname = 'posemo_files' AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_settings'))
    OR r.rolname = 'posemo_hba' AND (m.admin_option OR g.rolname NOT IN (''))
    OR r.rolname = 'posemo_logs' AND (m.admin_option OR g.rolname NOT IN (''))
    OR r.rolname = 'posemo_mappings' AND (m.admin_option OR g.rolname NOT IN (''))
    OR r.rolname = 'posemo_monitor' AND (m.admin_option OR g.rolname NOT IN ('', 'pg_monitor'))
    OR r.rolname = 'posemo_origins' AND (m.admin_option OR g.rolname NOT IN (''))
    OR r.rolname = 'posemo_plain' AND (m.admin_option OR g.rolname NOT IN (''))
    OR r.rolname = 'posemo_sequences' AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_data'))
    OR r.rolname = 'posemo_settings' AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_settings'))
    OR r.rolname = 'posemo_statistics' AND (m.admin_option OR g.rolname NOT IN (''))
    OR r.rolname = 'posemo_stats' AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_stats'))
    OR r.rolname = 'posemo_subscriptions' AND (m.admin_option OR g.rolname NOT IN (''))
  )
  LOOP
    EXECUTE fix;
  END LOOP;
END
$posemo$;

-- create role posemo_authid
SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'posemo_authid') AS done \gset
\if :done
\else
CREATE ROLE "posemo_authid" NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT;
COMMENT ON ROLE "posemo_authid" IS '{"posemo":true}';
\endif

-- create role posemo
SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'posemo') AS done \gset
\if :done
\else
CREATE ROLE "posemo" LOGIN NOSUPERUSER NOINHERIT NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  CONNECTION LIMIT 20;
COMMENT ON ROLE "posemo" IS '{"posemo":true}';
\endif

-- raise the connection limit of role posemo
SELECT NOT EXISTS (
  SELECT FROM pg_catalog.pg_roles AS r
  WHERE r.rolname = 'posemo' AND r.rolconnlimit = 10
    AND pg_catalog.shobj_description(r.oid, 'pg_authid') = '{"posemo":true}'
) AS done \gset
\if :done
\else
ALTER ROLE "posemo" CONNECTION LIMIT 20;
\endif

-- restore the comment on database mon
COMMENT ON DATABASE "mon" IS '{"posemo":true}';

-- revoke privileges of PUBLIC on database mon
SELECT NOT EXISTS (
  SELECT FROM pg_catalog.pg_database AS d
  CROSS JOIN pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) AS a
  WHERE d.datname = 'mon' AND a.grantee = 0
    AND pg_catalog.shobj_description(d.oid, 'pg_database') = '{"posemo":true}'
) AS done \gset
\if :done
\else
REVOKE ALL ON DATABASE "mon" FROM PUBLIC;
\endif

-- revoke privileges of PUBLIC on schema public in database mon
SELECT NOT EXISTS (
  SELECT FROM pg_catalog.pg_namespace AS n
  CROSS JOIN pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) AS a
  JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
  WHERE n.nspname = 'public' AND a.grantee = 0
    AND pg_catalog.shobj_description(d.oid, 'pg_database') = '{"posemo":true}'
) AS done \gset
\if :done
\else
REVOKE ALL ON SCHEMA public FROM PUBLIC;
\endif

-- revoke EXECUTE of PUBLIC on functions with side effects in database mon
SELECT NOT EXISTS (
  SELECT FROM pg_catalog.pg_proc AS p
  CROSS JOIN pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a
  JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
  WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.proname ~ E'^(lo_.*|lowrite|loread|pg_notify|pg_advisory_.*|pg_try_advisory_.*|txid_current|pg_current_xact_id|pg_export_snapshot|pg_sleep.*)\U00000024'
    AND a.grantee = 0 AND pg_catalog.shobj_description(d.oid, 'pg_database') = '{"posemo":true}'
) AND NOT EXISTS (
  -- Earlier versions of posemo revoked it here. A dump contains a revoked privilege with the signature of the function,
  -- which a later major version does not have, so neither pg_upgrade nor a restore would work.
  SELECT FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
  WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.proname ~ E'^pg_logical_emit_message\U00000024' AND p.proacl IS NOT NULL
    AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(p.proacl) AS a WHERE a.grantee = 0)
    AND pg_catalog.shobj_description(d.oid, 'pg_database') = '{"posemo":true}'
) AS done \gset
\if :done
\else
DO $posemo$
DECLARE
  wanted pg_catalog.regprocedure;
BEGIN
  FOR wanted IN
    SELECT p.oid FROM pg_catalog.pg_proc AS p
    WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.proname ~ E'^pg_logical_emit_message\U00000024' AND p.prokind = 'f' AND p.proacl IS NOT NULL
    ORDER BY p.oid
  LOOP
    EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', wanted);
  END LOOP;
  FOR wanted IN
    SELECT p.oid FROM pg_catalog.pg_proc AS p
    WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.proname ~ E'^(lo_.*|lowrite|loread|pg_notify|pg_advisory_.*|pg_try_advisory_.*|txid_current|pg_current_xact_id|pg_export_snapshot|pg_sleep.*)\U00000024' AND p.prokind = 'f'
    ORDER BY p.oid
  LOOP
    EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', wanted);
  END LOOP;
END
$posemo$;
\endif

-- grant CONNECT on database mon to role pg_read_all_data, for backups
SELECT NOT EXISTS (
  SELECT FROM pg_catalog.pg_database AS d
  WHERE d.datname = 'mon' AND pg_catalog.shobj_description(d.oid, 'pg_database') = '{"posemo":true}'
) OR EXISTS (
  SELECT FROM pg_catalog.pg_database AS d
  CROSS JOIN pg_catalog.aclexplode(d.datacl) AS a
  JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
  WHERE d.datname = 'mon' AND r.rolname = 'pg_read_all_data' AND a.privilege_type = 'CONNECT'
) AS done \gset
\if :done
\else
GRANT CONNECT ON DATABASE "mon" TO "pg_read_all_data";
\endif
-- create schema posemo in database mon
:posemo_text_2 \gexec
-- grant USAGE on schema posemo in database mon to role posemo
:posemo_text_3 \gexec

-- grant CONNECT on database mon to role posemo
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_database AS d
  CROSS JOIN pg_catalog.aclexplode(d.datacl) AS a
  JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
  WHERE d.datname = 'mon' AND r.rolname = 'posemo' AND a.privilege_type = 'CONNECT'
) AS done \gset
\if :done
\else
GRANT CONNECT ON DATABASE "mon" TO "posemo";
\endif
-- revoke privileges that owner roles no longer need in database mon
:posemo_text_4 \gexec

-- record the databases to monitor: it's "$posemo$"
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_namespace AS n
  WHERE n.nspname = 'posemo' AND pg_catalog.obj_description(n.oid, 'pg_namespace') ~ E'^\\{"posemo":true[,}]'
    AND (pg_catalog.obj_description(n.oid, 'pg_namespace')::pg_catalog.jsonb -> 'databases') = E'["it''s \\"\U00000024posemo\U00000024\\""]'::pg_catalog.jsonb
) AS done \gset
\if :done
\else
DO $posemo$
DECLARE
  recorded pg_catalog.text;
BEGIN
  SELECT pg_catalog.obj_description(n.oid, 'pg_namespace') INTO recorded FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'posemo';
  SELECT '{"posemo":true' || coalesce(pg_catalog.string_agg(pg_catalog.format(',%s:%s', pg_catalog.to_json(e.key), e.value), '' ORDER BY e.key), '') || '}'

    INTO recorded
    FROM pg_catalog.jsonb_each(recorded::pg_catalog.jsonb || pg_catalog.jsonb_build_object('databases', E'["it''s \\"\U00000024posemo\U00000024\\""]'::pg_catalog.jsonb)) AS e
    WHERE e.key <> 'posemo';
  EXECUTE pg_catalog.format('COMMENT ON SCHEMA %I IS %L', 'posemo', recorded);
END
$posemo$;
\endif
-- revoke privileges of owner sets that no check needs any more in database mon
:posemo_text_5 \gexec
-- grant what is revoked from PUBLIC on system objects in database mon
:posemo_text_6 \gexec

-- check the result in database mon
DO $posemo$
DECLARE
  found text;
BEGIN
  SELECT w.function INTO found FROM (
SELECT w.* FROM (VALUES
  (NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.bool, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid[],
    NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid, NULL::pg_catalog.oid)

) AS w (function, want_owner, superuser, want_arguments, want_names, want_types,
  want_modes, want_defaults, want_comment, want_body, want_settings, want_extension, want_access)
WHERE w.function IS NOT NULL

  ) AS w WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = 'posemo' AND
    p.proname = w.function AND p.prokind = 'f' AND pg_catalog.oidvectortypes(p.proargtypes) = w.want_arguments
    AND CASE WHEN w.superuser THEN (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.oid = p.proowner)
      ELSE p.proowner = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = w.want_owner) END
    AND p.prosecdef AND p.provolatile = 's' AND p.proparallel = 'u' AND NOT p.proleakproof AND NOT p.proisstrict AND p.proretset
    AND p.prolang = (SELECT l.oid FROM pg_catalog.pg_language AS l WHERE l.lanname = 'sql')
    -- A body stored in parsed form (PostgreSQL 14 and later) would run instead of the text.
    AND pg_catalog.to_jsonb(p) ->> 'prosqlbody' IS NULL
    AND p.prosupport = 0::pg_catalog.regproc AND p.probin IS NULL AND p.protrftypes IS NULL AND p.procost = 100 AND p.prorows = 1000
    AND p.pronargs = pg_catalog.length(pg_catalog.replace(w.want_modes, 't', '')) AND p.pronargdefaults = p.pronargs
    AND p.proargnames = w.want_names AND p.proallargtypes = w.want_types
    AND pg_catalog.array_to_string(p.proargmodes, '') = w.want_modes AND p.provariadic = 0
    AND p.prorettype = (
      SELECT CASE WHEN count(*) = 1 THEN min(c.type) ELSE 'pg_catalog.record'::pg_catalog.regtype::pg_catalog.oid END
      FROM ROWS FROM (pg_catalog.unnest(w.want_types), pg_catalog.regexp_split_to_table(w.want_modes, '')) AS c(type, mode) WHERE c.mode = 't'
    )
    AND coalesce(pg_catalog.pg_get_expr(p.proargdefaults, 0), '') = w.want_defaults
    AND pg_catalog.obj_description(p.oid, 'pg_proc') = w.want_comment
    AND pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex') = w.want_body
    AND p.proconfig @> w.want_settings AND p.proconfig <@ w.want_settings
    -- It depends on its schema only: built-in objects are not in pg_depend, and a function that depends on an extension is dropped
    -- with it, as one whose query calls functions of the extension must be.
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid
      AND e.refclassid <> 'pg_catalog.pg_namespace'::pg_catalog.regclass AND (e.deptype = 'x' AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.refobjid = w.want_extension
) IS NOT TRUE)
    AND (w.want_extension IS NULL OR pg_catalog.has_schema_privilege(p.proowner, w.want_access, 'USAGE')
      AND EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'x' AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.refobjid = w.want_extension
))
    AND (
      SELECT count(*) = 2 AND bool_and(a.privilege_type = 'EXECUTE' AND NOT a.is_grantable AND (
        a.grantee = p.proowner OR a.grantee = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'posemo')))
      FROM pg_catalog.aclexplode(p.proacl) AS a
    )
  ) LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'function % differs from its definition after CREATE', found;
  END IF;
  SELECT pg_catalog.format('role %I', r.rolname) INTO found
    FROM pg_catalog.pg_roles AS r
    WHERE false
      OR r.rolname = 'posemo_authid' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_files' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_settings')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_hba' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_logs' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_mappings' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_monitor' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_monitor')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_origins' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_plain' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_sequences' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_data')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_settings' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_settings')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_statistics' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_stats' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_stats')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_subscriptions' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
    LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% has more privileges than posemo''s owner roles need', found;
  END IF;
  SELECT pg_catalog.format('role %I', r.rolname) INTO found
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname = 'posemo'
      AND (NOT r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls
        OR r.rolinherit OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS x WHERE x.member = r.oid AND NOT (x.inherit_option AND NOT x.set_option AND NOT x.admin_option AND x.roleid = (
       SELECT y.oid FROM pg_catalog.pg_roles AS y WHERE y.rolname = 'pg_use_reserved_connections'))
)
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
));
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% is more than a login role', found;
  END IF;
  SELECT o.found INTO found FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL (
    SELECT pg_catalog.format('function %s', p.oid::pg_catalog.regprocedure) FROM pg_catalog.pg_proc AS p
      WHERE p.pronamespace = n.oid
        AND (pg_catalog.obj_description(p.oid, 'pg_proc') IS NULL
          -- A function of an extension is dropped when the owner of the extension drops it.
          OR EXISTS (SELECT FROM pg_catalog.pg_depend AS m WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND m.objid = p.oid AND m.deptype = 'e')
          OR pg_catalog.obj_description(p.oid, 'pg_proc') NOT LIKE '{"posemo":%'
          OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.oid = p.proowner
            AND (r.rolname IN ('posemo_authid', 'posemo_files', 'posemo_hba', 'posemo_logs', 'posemo_mappings', 'posemo_monitor', 'posemo_origins', 'posemo_plain', 'posemo_sequences', 'posemo_settings', 'posemo_statistics', 'posemo_stats', 'posemo_subscriptions')
              -- An owner role of an earlier catalog.
              OR NOT r.rolcanlogin AND NOT r.rolsuper AND pg_catalog.shobj_description(r.oid, 'pg_authid') = '{"posemo":true}'))
          -- After the restore of a dump without owners, a function belongs to another role. With exactly the expected text and
          -- comment it is posemo's: it is dropped and created again.
          AND NOT EXISTS (SELECT FROM (
SELECT w.* FROM (VALUES
  (NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.bool, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid[],
    NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid, NULL::pg_catalog.oid)

) AS w (function, want_owner, superuser, want_arguments, want_names, want_types,
  want_modes, want_defaults, want_comment, want_body, want_settings, want_extension, want_access)
WHERE w.function IS NOT NULL

            ) AS w WHERE p.proname = w.function AND pg_catalog.obj_description(p.oid, 'pg_proc') = w.want_comment
              AND pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex') = w.want_body))
    -- Every object in a schema depends on it; row types of tables depend on it through their table.
    UNION ALL SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_catalog.pg_depend AS d
      WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
        AND d.classid <> 'pg_catalog.pg_proc'::pg_catalog.regclass
  ) AS o(found)
  WHERE n.nspname = 'posemo' LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% is not part of posemo', found;
  END IF;
  IF EXISTS (
    SELECT FROM pg_catalog.pg_namespace AS n
    CROSS JOIN pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) AS a
    WHERE n.nspname = 'posemo' AND a.grantee <> n.nspowner
      AND (a.privilege_type <> 'USAGE' OR a.grantee <> (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'posemo'))
  ) THEN
    RAISE EXCEPTION 'roles other than the monitor role have privileges on schema %', 'posemo';
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_catalog.pg_database AS d
    CROSS JOIN pg_catalog.aclexplode(d.datacl) AS a
    JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
    WHERE d.datname = pg_catalog.current_database() AND r.rolname = 'posemo' AND a.privilege_type = 'CONNECT'
  ) THEN
    RAISE EXCEPTION 'role % cannot grant CONNECT on database %', current_user, pg_catalog.current_database()
      USING HINT = 'Connect as the owner of the database, or as a superuser: -U postgres.';
  END IF;
END
$posemo$;
COMMIT;

\connect -reuse-previous=on "dbname='it\'s ""$posemo$""'"
SET search_path = pg_catalog, pg_temp;
SET standard_conforming_strings = on;
SET ROLE NONE;
BEGIN;
-- set the session's parameters
:posemo_text_1 \gexec

-- check the preconditions in database it's "$posemo$"
DO $posemo$
DECLARE
  found text;
  fix text;
BEGIN
  -- First, because every later statement calls objects of pg_catalog.
  SELECT o.object || ': ' || o.what, o.fix INTO found, fix FROM (
  SELECT 'schema pg_catalog'::pg_catalog.text AS object,
    CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE 'role ' || pg_catalog.quote_ident(g.rolname::pg_catalog.text) END || ' can create objects in it' AS what,
    'REVOKE CREATE ON SCHEMA pg_catalog FROM ' || CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(g.rolname::pg_catalog.text) END
      || ' CASCADE' AS fix
  FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
  LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantee
  WHERE n.nspname = 'pg_catalog' AND a.grantee <> n.nspowner AND a.privilege_type = 'CREATE' AND g.rolsuper IS NOT TRUE
  UNION ALL
  SELECT i.object, 'it belongs to role ' || pg_catalog.quote_ident(r.rolname::pg_catalog.text) || ', which is not a superuser',
    -- A superuser must not become the owner of a function that another role wrote.
    CASE WHEN i.code AND i.oid >= 16384 THEN 'DROP ' || i.object
      ELSE CASE WHEN i.code THEN 'ALTER ' || i.object || ' SECURITY INVOKER; ' ELSE '' END || 'ALTER ' || i.object || ' OWNER TO CURRENT_USER' END
  FROM (
    SELECT 'SCHEMA pg_catalog'::pg_catalog.text, n.nspowner, n.oid, false FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'pg_catalog'
    UNION ALL SELECT 'ROUTINE ' || p.oid::pg_catalog.regprocedure::pg_catalog.text, p.proowner, p.oid, p.prosecdef OR p.oid >= 16384 FROM pg_catalog.pg_proc AS p
      JOIN pg_catalog.pg_roles AS r ON r.oid = p.proowner AND NOT r.rolsuper
      WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
    UNION ALL SELECT 'OPERATOR pg_catalog.' || o.oprname::pg_catalog.text || ' ('
        || CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE o.oprleft::pg_catalog.regtype::pg_catalog.text END || ', '
        || CASE WHEN o.oprright = 0 THEN 'NONE' ELSE o.oprright::pg_catalog.regtype::pg_catalog.text END || ')', o.oprowner, o.oid, false
      FROM pg_catalog.pg_operator AS o JOIN pg_catalog.pg_roles AS r ON r.oid = o.oprowner AND NOT r.rolsuper
      WHERE o.oprnamespace = 'pg_catalog'::pg_catalog.regnamespace
    -- Row types and array types have the owner of their table or element type.
    UNION ALL SELECT pg_catalog.format('TYPE pg_catalog.%I', t.typname), t.typowner, t.oid, false FROM pg_catalog.pg_type AS t
      JOIN pg_catalog.pg_roles AS r ON r.oid = t.typowner AND NOT r.rolsuper
      WHERE t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace AND t.typrelid = 0
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = t.oid)
    UNION ALL SELECT pg_catalog.upper(d.type) || ' ' || d.identity, o.owner, o.oid, o.oid >= 16384 AND d.type IN ('view', 'materialized view')
      FROM (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS class, c.oid, c.relnamespace AS namespace, c.relowner AS owner
      FROM pg_catalog.pg_class AS c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL SELECT 'pg_catalog.pg_collation'::pg_catalog.regclass, o.oid, o.collnamespace, o.collowner FROM pg_catalog.pg_collation AS o
    UNION ALL SELECT 'pg_catalog.pg_conversion'::pg_catalog.regclass, o.oid, o.connamespace, o.conowner FROM pg_catalog.pg_conversion AS o
    UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, o.oid, o.opcnamespace, o.opcowner FROM pg_catalog.pg_opclass AS o
    UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, o.oid, o.opfnamespace, o.opfowner FROM pg_catalog.pg_opfamily AS o
    UNION ALL SELECT 'pg_catalog.pg_ts_config'::pg_catalog.regclass, o.oid, o.cfgnamespace, o.cfgowner FROM pg_catalog.pg_ts_config AS o
    UNION ALL SELECT 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, o.oid, o.dictnamespace, o.dictowner FROM pg_catalog.pg_ts_dict AS o
    UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, o.oid, o.stxnamespace, o.stxowner FROM pg_catalog.pg_statistic_ext AS o
      ) AS o JOIN pg_catalog.pg_roles AS r ON r.oid = o.owner AND NOT r.rolsuper
      CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.class, o.oid, 0) AS d
      WHERE o.namespace = 'pg_catalog'::pg_catalog.regnamespace
  ) AS i(object, owner, oid, code) JOIN pg_catalog.pg_roles AS r ON r.oid = i.owner
  WHERE NOT r.rolsuper
  UNION ALL
  SELECT 'cast from ' || c.castsource::pg_catalog.regtype::pg_catalog.text || ' to ' || c.casttarget::pg_catalog.regtype::pg_catalog.text,
    'its function ' || p.oid::pg_catalog.regprocedure::pg_catalog.text || ' belongs to role ' || pg_catalog.quote_ident(r.rolname::pg_catalog.text)
      || ', which is not a superuser',
    'DROP CAST (' || c.castsource::pg_catalog.regtype::pg_catalog.text || ' AS ' || c.casttarget::pg_catalog.regtype::pg_catalog.text || ')'
  FROM pg_catalog.pg_cast AS c JOIN pg_catalog.pg_proc AS p ON p.oid = c.castfunc JOIN pg_catalog.pg_roles AS r ON r.oid = p.proowner
  WHERE NOT r.rolsuper AND c.castsource < 16384 AND c.casttarget < 16384 AND p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
  ) AS o LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'another role could run code as you during the installation: %', found USING HINT = 'To fix it: ' || fix || '.';
  END IF;
  IF session_user <> current_user THEN
    RAISE EXCEPTION 'the session of % runs as %', session_user, current_user
      USING HINT = 'A setting of the database or the role changes the role at login. Find it in pg_db_role_setting and reset it.';
  END IF;
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user) THEN
    RAISE EXCEPTION 'role % is not a superuser', current_user
      USING HINT = 'Connect as a superuser: -U postgres; or print the script with --without-superuser.',
        ERRCODE = 'insufficient_privilege';
  END IF;
  IF pg_catalog.pg_is_in_recovery() THEN
    RAISE EXCEPTION 'this server is a standby'
      USING HINT = 'Install on its primary; replication copies the installation to the standby.',
        ERRCODE = 'read_only_sql_transaction';
  END IF;
  IF NOT pg_catalog.pg_try_advisory_xact_lock(123623979707759) THEN
    RAISE EXCEPTION 'another posemo install or uninstall runs in this database'
      USING HINT = 'Wait until it ends.', ERRCODE = 'lock_not_available';
  END IF;
  SELECT pg_catalog.format('event trigger %I, whose function belongs to %I', e.evtname, r.rolname) INTO found
    FROM pg_catalog.pg_event_trigger AS e
    JOIN pg_catalog.pg_proc AS p ON p.oid = e.evtfoid
    JOIN pg_catalog.pg_roles AS r ON r.oid = p.proowner
    WHERE e.evtenabled <> 'D' AND NOT r.rolsuper LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'the database has an %', found
      USING HINT = 'Its owner could run code as you during the installation. Disable it, or make a superuser the owner of its function.';
  END IF;
  SELECT pg_catalog.format('role %I', r.rolname) INTO found
    FROM pg_catalog.pg_roles AS r
    WHERE false
      OR r.rolname = 'posemo_authid' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_files' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_settings')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_hba' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_logs' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_mappings' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_monitor' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_monitor')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_origins' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_plain' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_sequences' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_data')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_settings' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_settings')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_statistics' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_stats' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_stats')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_subscriptions' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid AND pg_catalog.shobj_description(r.oid, 'pg_authid') IS DISTINCT FROM '{"posemo":true}'
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
    LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% exists and has more privileges than posemo''s owner roles need', found
      USING HINT = 'It must be NOLOGIN, without other attributes, other memberships and members. posemo verify -v lists the excess and the statements that remove it. If another role installed posemo, connect as that role.';
  END IF;
  SELECT pg_catalog.format('role %I', r.rolname) INTO found
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname = 'posemo'
      AND (NOT r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls
        OR r.rolinherit OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS x WHERE x.member = r.oid AND NOT (x.inherit_option AND NOT x.set_option AND NOT x.admin_option AND x.roleid = (
       SELECT y.oid FROM pg_catalog.pg_roles AS y WHERE y.rolname = 'pg_use_reserved_connections'))
)
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
));
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% exists and is more than a login role', found
      USING HINT = 'The monitor role must be LOGIN and NOINHERIT, without other attributes, memberships and members. Fix or drop it, or name another role with --monitor-role.';
  END IF;
  SELECT pg_catalog.format('schema %I', n.nspname) INTO found
    FROM pg_catalog.pg_namespace AS n JOIN pg_catalog.pg_roles AS r ON r.oid = n.nspowner
    WHERE n.nspname = 'posemo'
      AND (NOT r.rolsuper OR (pg_catalog.obj_description(n.oid, 'pg_namespace') ~ E'^\\{"posemo":true[,}]') IS NOT TRUE);
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% exists and was not created by posemo', found
      USING HINT = 'Rename or drop it, or name another schema with --schema. If another role installed posemo, connect as that role.';
  END IF;
  SELECT pg_catalog.format('schema %I is part of the installation with monitor role %I', n.nspname, r.rolname) INTO found
    FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
    JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
    WHERE n.nspname = 'posemo' AND r.rolname <> 'posemo' AND r.rolcanlogin
      AND pg_catalog.shobj_description(r.oid, 'pg_authid') = '{"posemo":true}' LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '%', found
      USING HINT = 'Name another schema with --schema, or this role with --monitor-role.';
  END IF;
  SELECT o.found INTO found FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL (
    SELECT pg_catalog.format('function %s', p.oid::pg_catalog.regprocedure) FROM pg_catalog.pg_proc AS p
      WHERE p.pronamespace = n.oid
        AND (pg_catalog.obj_description(p.oid, 'pg_proc') IS NULL
          -- A function of an extension is dropped when the owner of the extension drops it.
          OR EXISTS (SELECT FROM pg_catalog.pg_depend AS m WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND m.objid = p.oid AND m.deptype = 'e')
          OR pg_catalog.obj_description(p.oid, 'pg_proc') NOT LIKE '{"posemo":%'
          OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.oid = p.proowner
            AND (r.rolname IN ('posemo_authid', 'posemo_files', 'posemo_hba', 'posemo_logs', 'posemo_mappings', 'posemo_monitor', 'posemo_origins', 'posemo_plain', 'posemo_sequences', 'posemo_settings', 'posemo_statistics', 'posemo_stats', 'posemo_subscriptions')
              -- An owner role of an earlier catalog.
              OR NOT r.rolcanlogin AND NOT r.rolsuper AND pg_catalog.shobj_description(r.oid, 'pg_authid') = '{"posemo":true}'))
          -- After the restore of a dump without owners, a function belongs to another role. With exactly the expected text and
          -- comment it is posemo's: it is dropped and created again.
          AND NOT EXISTS (SELECT FROM (
SELECT w.* FROM (VALUES
  (NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.bool, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid[],
    NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid, NULL::pg_catalog.oid)

  , (
'zz_sample', 'posemo_authid', false, 'bigint, text',
  ARRAY['minimum', 'words', 'thing', 'count'],
  ARRAY['bigint', 'text', 'name', 'bigint']::pg_catalog.regtype[]::pg_catalog.oid[],
  'iitt', pg_catalog.array_to_string(ARRAY[
    '''-7''::integer', pg_catalog.quote_literal(E'it''s \U00000024posemo\U00000024 \\ here') || '::text']::pg_catalog.text[], ', '),
  '{"posemo":"VERSION","sha256":"24993c8913f10dd88de5712a6efe18dcbe4c0e4a6b40e8a19a37a399e037c11c"}', '9a34b884bc5d9bb3f79f0b69e1e637cda5c45d9cc54394b99f243da5885e39e1', ARRAY['search_path=pg_catalog, pg_temp', 'standard_conforming_strings=on', 'transform_null_equals=off', 'lock_timeout=100ms', 'row_security=off', 'restrict_nonsystem_relation_kind=view,foreign-table']
  , NULL, NULL)

) AS w (function, want_owner, superuser, want_arguments, want_names, want_types,
  want_modes, want_defaults, want_comment, want_body, want_settings, want_extension, want_access)
WHERE w.function IS NOT NULL

            ) AS w WHERE p.proname = w.function AND pg_catalog.obj_description(p.oid, 'pg_proc') = w.want_comment
              AND pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex') = w.want_body))
    -- Every object in a schema depends on it; row types of tables depend on it through their table.
    UNION ALL SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_catalog.pg_depend AS d
      WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
        AND d.classid <> 'pg_catalog.pg_proc'::pg_catalog.regclass
  ) AS o(found)
  WHERE n.nspname = 'posemo' LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% is not part of posemo', found
      USING HINT = 'The schema must contain nothing else. Drop the object, or move it to another schema. Functions of your own checks that belong to a superuser require --allow-superuser-owner.';
  END IF;
END
$posemo$;
-- create schema posemo in database it's "$posemo$"
:posemo_text_2 \gexec
-- grant USAGE on schema posemo in database it's "$posemo$" to role posemo
:posemo_text_3 \gexec

-- grant CONNECT on database it's "$posemo$" to role posemo
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_database AS d
  CROSS JOIN pg_catalog.aclexplode(d.datacl) AS a
  JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
  WHERE d.datname = E'it''s "\U00000024posemo\U00000024"' AND r.rolname = 'posemo' AND a.privilege_type = 'CONNECT'
) AS done \gset
\if :done
\else
GRANT CONNECT ON DATABASE U&"it's ""\+000024posemo\+000024""" TO "posemo";
\endif
-- revoke privileges that owner roles no longer need in database it's "$posemo$"
:posemo_text_4 \gexec

-- grant SELECT (rolname, rolpassword) on pg_catalog.pg_authid to role posemo_authid
SELECT (
  SELECT count(*) = 2 FROM pg_catalog.pg_attribute AS t
  CROSS JOIN pg_catalog.aclexplode(t.attacl) AS a
  JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
  WHERE t.attrelid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND t.attname IN ('rolname', 'rolpassword')
    AND r.rolname = 'posemo_authid' AND a.privilege_type = 'SELECT'
) AS done \gset
\if :done
\else
GRANT SELECT (rolname, rolpassword) ON pg_catalog.pg_authid TO "posemo_authid";
\endif

-- drop outdated functions of schema posemo in database it's "$posemo$"
DO $posemo$
DECLARE
  outdated pg_catalog.regprocedure;
  found pg_catalog.text;
  fix pg_catalog.text;
BEGIN
  SELECT pg_catalog.format('%s depends on function %s', v.object, f.signature), v.fix INTO found, fix FROM (
SELECT p.oid, p.oid::pg_catalog.regprocedure AS signature, CASE
    WHEN p.proname IN ('zz_sample', '') THEN 'which differs from its definition'
    ELSE 'which no check needs' END AS why
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  WHERE n.nspname = 'posemo'
    AND p.proname IN ('zz_sample')

    AND NOT EXISTS (SELECT FROM (
SELECT w.* FROM (VALUES
  (NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.bool, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid[],
    NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid, NULL::pg_catalog.oid)

  , (
'zz_sample', 'posemo_authid', false, 'bigint, text',
  ARRAY['minimum', 'words', 'thing', 'count'],
  ARRAY['bigint', 'text', 'name', 'bigint']::pg_catalog.regtype[]::pg_catalog.oid[],
  'iitt', pg_catalog.array_to_string(ARRAY[
    '''-7''::integer', pg_catalog.quote_literal(E'it''s \U00000024posemo\U00000024 \\ here') || '::text']::pg_catalog.text[], ', '),
  '{"posemo":"VERSION","sha256":"24993c8913f10dd88de5712a6efe18dcbe4c0e4a6b40e8a19a37a399e037c11c"}', '9a34b884bc5d9bb3f79f0b69e1e637cda5c45d9cc54394b99f243da5885e39e1', ARRAY['search_path=pg_catalog, pg_temp', 'standard_conforming_strings=on', 'transform_null_equals=off', 'lock_timeout=100ms', 'row_security=off', 'restrict_nonsystem_relation_kind=view,foreign-table']
  , NULL, NULL)

) AS w (function, want_owner, superuser, want_arguments, want_names, want_types,
  want_modes, want_defaults, want_comment, want_body, want_settings, want_extension, want_access)
WHERE w.function IS NOT NULL

    ) AS w WHERE
    p.proname = w.function AND p.prokind = 'f' AND pg_catalog.oidvectortypes(p.proargtypes) = w.want_arguments
    AND CASE WHEN w.superuser THEN (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.oid = p.proowner)
      ELSE p.proowner = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = w.want_owner) END
    AND p.prosecdef AND p.provolatile = 's' AND p.proparallel = 'u' AND NOT p.proleakproof AND NOT p.proisstrict AND p.proretset
    AND p.prolang = (SELECT l.oid FROM pg_catalog.pg_language AS l WHERE l.lanname = 'sql')
    -- A body stored in parsed form (PostgreSQL 14 and later) would run instead of the text.
    AND pg_catalog.to_jsonb(p) ->> 'prosqlbody' IS NULL
    AND p.prosupport = 0::pg_catalog.regproc AND p.probin IS NULL AND p.protrftypes IS NULL AND p.procost = 100 AND p.prorows = 1000
    AND p.pronargs = pg_catalog.length(pg_catalog.replace(w.want_modes, 't', '')) AND p.pronargdefaults = p.pronargs
    AND p.proargnames = w.want_names AND p.proallargtypes = w.want_types
    AND pg_catalog.array_to_string(p.proargmodes, '') = w.want_modes AND p.provariadic = 0
    AND p.prorettype = (
      SELECT CASE WHEN count(*) = 1 THEN min(c.type) ELSE 'pg_catalog.record'::pg_catalog.regtype::pg_catalog.oid END
      FROM ROWS FROM (pg_catalog.unnest(w.want_types), pg_catalog.regexp_split_to_table(w.want_modes, '')) AS c(type, mode) WHERE c.mode = 't'
    )
    AND coalesce(pg_catalog.pg_get_expr(p.proargdefaults, 0), '') = w.want_defaults
    AND pg_catalog.obj_description(p.oid, 'pg_proc') = w.want_comment
    AND pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex') = w.want_body
    AND p.proconfig @> w.want_settings AND p.proconfig <@ w.want_settings
    -- It depends on its schema only: built-in objects are not in pg_depend, and a function that depends on an extension is dropped
    -- with it, as one whose query calls functions of the extension must be.
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid
      AND e.refclassid <> 'pg_catalog.pg_namespace'::pg_catalog.regclass AND (e.deptype = 'x' AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.refobjid = w.want_extension
) IS NOT TRUE)
    AND (w.want_extension IS NULL OR pg_catalog.has_schema_privilege(p.proowner, w.want_access, 'USAGE')
      AND EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'x' AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.refobjid = w.want_extension
))
    AND (
      SELECT count(*) = 2 AND bool_and(a.privilege_type = 'EXECUTE' AND NOT a.is_grantable AND (
        a.grantee = p.proowner OR a.grantee = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'posemo')))
      FROM pg_catalog.aclexplode(p.proacl) AS a
    )
    )
  ) AS f CROSS JOIN LATERAL (SELECT f.oid) AS p CROSS JOIN LATERAL (
SELECT DISTINCT v.type || ' ' || v.identity AS object, CASE WHEN v.type IN ('table constraint', 'domain constraint', 'default value')
    THEN pg_catalog.format('remove %s %s', v.type, v.identity) ELSE pg_catalog.format('DROP %s %s', pg_catalog.upper(v.type), v.identity) END AS fix
FROM pg_catalog.pg_depend AS x LEFT JOIN pg_catalog.pg_rewrite AS u ON x.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND u.oid = x.objid AND u.rulename = '_RETURN'
CROSS JOIN LATERAL (SELECT i.type, i.identity FROM pg_catalog.pg_identify_object(CASE WHEN u.oid IS NULL THEN x.classid ELSE 'pg_catalog.pg_class'::pg_catalog.regclass END,
  coalesce(u.ev_class, x.objid), CASE WHEN u.oid IS NULL THEN x.objsubid ELSE 0 END) AS i) AS v
WHERE x.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND x.refobjid = p.oid
  ) AS v ORDER BY 1 LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '%, which must be dropped', found
      USING HINT = 'Remove it first: ' || fix || '. After the installation it can be created again.', ERRCODE = 'dependent_objects_still_exist';
  END IF;
  FOR outdated IN SELECT o.signature FROM (
SELECT p.oid, p.oid::pg_catalog.regprocedure AS signature, CASE
    WHEN p.proname IN ('zz_sample', '') THEN 'which differs from its definition'
    ELSE 'which no check needs' END AS why
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  WHERE n.nspname = 'posemo'
    AND p.proname IN ('zz_sample')

    AND NOT EXISTS (SELECT FROM (
SELECT w.* FROM (VALUES
  (NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.bool, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid[],
    NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid, NULL::pg_catalog.oid)

  , (
'zz_sample', 'posemo_authid', false, 'bigint, text',
  ARRAY['minimum', 'words', 'thing', 'count'],
  ARRAY['bigint', 'text', 'name', 'bigint']::pg_catalog.regtype[]::pg_catalog.oid[],
  'iitt', pg_catalog.array_to_string(ARRAY[
    '''-7''::integer', pg_catalog.quote_literal(E'it''s \U00000024posemo\U00000024 \\ here') || '::text']::pg_catalog.text[], ', '),
  '{"posemo":"VERSION","sha256":"24993c8913f10dd88de5712a6efe18dcbe4c0e4a6b40e8a19a37a399e037c11c"}', '9a34b884bc5d9bb3f79f0b69e1e637cda5c45d9cc54394b99f243da5885e39e1', ARRAY['search_path=pg_catalog, pg_temp', 'standard_conforming_strings=on', 'transform_null_equals=off', 'lock_timeout=100ms', 'row_security=off', 'restrict_nonsystem_relation_kind=view,foreign-table']
  , NULL, NULL)

) AS w (function, want_owner, superuser, want_arguments, want_names, want_types,
  want_modes, want_defaults, want_comment, want_body, want_settings, want_extension, want_access)
WHERE w.function IS NOT NULL

    ) AS w WHERE
    p.proname = w.function AND p.prokind = 'f' AND pg_catalog.oidvectortypes(p.proargtypes) = w.want_arguments
    AND CASE WHEN w.superuser THEN (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.oid = p.proowner)
      ELSE p.proowner = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = w.want_owner) END
    AND p.prosecdef AND p.provolatile = 's' AND p.proparallel = 'u' AND NOT p.proleakproof AND NOT p.proisstrict AND p.proretset
    AND p.prolang = (SELECT l.oid FROM pg_catalog.pg_language AS l WHERE l.lanname = 'sql')
    -- A body stored in parsed form (PostgreSQL 14 and later) would run instead of the text.
    AND pg_catalog.to_jsonb(p) ->> 'prosqlbody' IS NULL
    AND p.prosupport = 0::pg_catalog.regproc AND p.probin IS NULL AND p.protrftypes IS NULL AND p.procost = 100 AND p.prorows = 1000
    AND p.pronargs = pg_catalog.length(pg_catalog.replace(w.want_modes, 't', '')) AND p.pronargdefaults = p.pronargs
    AND p.proargnames = w.want_names AND p.proallargtypes = w.want_types
    AND pg_catalog.array_to_string(p.proargmodes, '') = w.want_modes AND p.provariadic = 0
    AND p.prorettype = (
      SELECT CASE WHEN count(*) = 1 THEN min(c.type) ELSE 'pg_catalog.record'::pg_catalog.regtype::pg_catalog.oid END
      FROM ROWS FROM (pg_catalog.unnest(w.want_types), pg_catalog.regexp_split_to_table(w.want_modes, '')) AS c(type, mode) WHERE c.mode = 't'
    )
    AND coalesce(pg_catalog.pg_get_expr(p.proargdefaults, 0), '') = w.want_defaults
    AND pg_catalog.obj_description(p.oid, 'pg_proc') = w.want_comment
    AND pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex') = w.want_body
    AND p.proconfig @> w.want_settings AND p.proconfig <@ w.want_settings
    -- It depends on its schema only: built-in objects are not in pg_depend, and a function that depends on an extension is dropped
    -- with it, as one whose query calls functions of the extension must be.
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid
      AND e.refclassid <> 'pg_catalog.pg_namespace'::pg_catalog.regclass AND (e.deptype = 'x' AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.refobjid = w.want_extension
) IS NOT TRUE)
    AND (w.want_extension IS NULL OR pg_catalog.has_schema_privilege(p.proowner, w.want_access, 'USAGE')
      AND EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'x' AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.refobjid = w.want_extension
))
    AND (
      SELECT count(*) = 2 AND bool_and(a.privilege_type = 'EXECUTE' AND NOT a.is_grantable AND (
        a.grantee = p.proowner OR a.grantee = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'posemo')))
      FROM pg_catalog.aclexplode(p.proacl) AS a
    )
    )
  ) AS o ORDER BY o.oid
  LOOP
    EXECUTE pg_catalog.format('DROP FUNCTION %s', outdated);
  END LOOP;
END
$posemo$;

-- create function posemo.zz_sample in database it's "$posemo$"
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  WHERE n.nspname = 'posemo' AND p.proname = 'zz_sample'
) AS done \gset
\if :done
\else
CREATE FUNCTION "posemo"."zz_sample"("minimum" bigint DEFAULT -7, "words" text DEFAULT E'it''s \U00000024posemo\U00000024 \\ here')
RETURNS TABLE ("thing" name, "count" bigint)
LANGUAGE sql STABLE SECURITY DEFINER PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = 'on'
SET transform_null_equals = 'off'
SET lock_timeout = '100ms'
SET row_security = 'off'
SET restrict_nonsystem_relation_kind = 'view,foreign-table'
AS $posemo_$
SELECT posemo_row."thing", posemo_row."count"
FROM (
-- $posemo$ is in the text
SELECT 'x'::name AS thing, minimum AS count -- end
) AS posemo_row
LIMIT 100001
$posemo_$;
REVOKE ALL ON FUNCTION "posemo"."zz_sample"(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "posemo"."zz_sample"(bigint, text) TO "posemo";
COMMENT ON FUNCTION "posemo"."zz_sample"(bigint, text) IS '{"posemo":"VERSION","sha256":"24993c8913f10dd88de5712a6efe18dcbe4c0e4a6b40e8a19a37a399e037c11c"}';
ALTER FUNCTION "posemo"."zz_sample"(bigint, text) OWNER TO "posemo_authid";
\endif
-- revoke privileges of owner sets that no check needs any more in database it's "$posemo$"
:posemo_text_5 \gexec
-- grant what is revoked from PUBLIC on system objects in database it's "$posemo$"
:posemo_text_6 \gexec

-- check the result in database it's "$posemo$"
DO $posemo$
DECLARE
  found text;
BEGIN
  SELECT w.function INTO found FROM (
SELECT w.* FROM (VALUES
  (NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.bool, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid[],
    NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid, NULL::pg_catalog.oid)

  , (
'zz_sample', 'posemo_authid', false, 'bigint, text',
  ARRAY['minimum', 'words', 'thing', 'count'],
  ARRAY['bigint', 'text', 'name', 'bigint']::pg_catalog.regtype[]::pg_catalog.oid[],
  'iitt', pg_catalog.array_to_string(ARRAY[
    '''-7''::integer', pg_catalog.quote_literal(E'it''s \U00000024posemo\U00000024 \\ here') || '::text']::pg_catalog.text[], ', '),
  '{"posemo":"VERSION","sha256":"24993c8913f10dd88de5712a6efe18dcbe4c0e4a6b40e8a19a37a399e037c11c"}', '9a34b884bc5d9bb3f79f0b69e1e637cda5c45d9cc54394b99f243da5885e39e1', ARRAY['search_path=pg_catalog, pg_temp', 'standard_conforming_strings=on', 'transform_null_equals=off', 'lock_timeout=100ms', 'row_security=off', 'restrict_nonsystem_relation_kind=view,foreign-table']
  , NULL, NULL)

) AS w (function, want_owner, superuser, want_arguments, want_names, want_types,
  want_modes, want_defaults, want_comment, want_body, want_settings, want_extension, want_access)
WHERE w.function IS NOT NULL

  ) AS w WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = 'posemo' AND
    p.proname = w.function AND p.prokind = 'f' AND pg_catalog.oidvectortypes(p.proargtypes) = w.want_arguments
    AND CASE WHEN w.superuser THEN (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.oid = p.proowner)
      ELSE p.proowner = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = w.want_owner) END
    AND p.prosecdef AND p.provolatile = 's' AND p.proparallel = 'u' AND NOT p.proleakproof AND NOT p.proisstrict AND p.proretset
    AND p.prolang = (SELECT l.oid FROM pg_catalog.pg_language AS l WHERE l.lanname = 'sql')
    -- A body stored in parsed form (PostgreSQL 14 and later) would run instead of the text.
    AND pg_catalog.to_jsonb(p) ->> 'prosqlbody' IS NULL
    AND p.prosupport = 0::pg_catalog.regproc AND p.probin IS NULL AND p.protrftypes IS NULL AND p.procost = 100 AND p.prorows = 1000
    AND p.pronargs = pg_catalog.length(pg_catalog.replace(w.want_modes, 't', '')) AND p.pronargdefaults = p.pronargs
    AND p.proargnames = w.want_names AND p.proallargtypes = w.want_types
    AND pg_catalog.array_to_string(p.proargmodes, '') = w.want_modes AND p.provariadic = 0
    AND p.prorettype = (
      SELECT CASE WHEN count(*) = 1 THEN min(c.type) ELSE 'pg_catalog.record'::pg_catalog.regtype::pg_catalog.oid END
      FROM ROWS FROM (pg_catalog.unnest(w.want_types), pg_catalog.regexp_split_to_table(w.want_modes, '')) AS c(type, mode) WHERE c.mode = 't'
    )
    AND coalesce(pg_catalog.pg_get_expr(p.proargdefaults, 0), '') = w.want_defaults
    AND pg_catalog.obj_description(p.oid, 'pg_proc') = w.want_comment
    AND pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex') = w.want_body
    AND p.proconfig @> w.want_settings AND p.proconfig <@ w.want_settings
    -- It depends on its schema only: built-in objects are not in pg_depend, and a function that depends on an extension is dropped
    -- with it, as one whose query calls functions of the extension must be.
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid
      AND e.refclassid <> 'pg_catalog.pg_namespace'::pg_catalog.regclass AND (e.deptype = 'x' AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.refobjid = w.want_extension
) IS NOT TRUE)
    AND (w.want_extension IS NULL OR pg_catalog.has_schema_privilege(p.proowner, w.want_access, 'USAGE')
      AND EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'x' AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.refobjid = w.want_extension
))
    AND (
      SELECT count(*) = 2 AND bool_and(a.privilege_type = 'EXECUTE' AND NOT a.is_grantable AND (
        a.grantee = p.proowner OR a.grantee = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'posemo')))
      FROM pg_catalog.aclexplode(p.proacl) AS a
    )
  ) LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'function % differs from its definition after CREATE', found;
  END IF;
  SELECT pg_catalog.format('role %I', r.rolname) INTO found
    FROM pg_catalog.pg_roles AS r
    WHERE false
      OR r.rolname = 'posemo_authid' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_files' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_settings')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_hba' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_logs' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_mappings' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_monitor' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_monitor')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_origins' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_plain' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_sequences' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_data')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_settings' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_settings')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_statistics' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_stats' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('', 'pg_read_all_stats')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
      OR r.rolname = 'posemo_subscriptions' AND (r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication
        OR r.rolbypassrls OR NOT r.rolinherit
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
          WHERE m.member = r.oid
            AND (m.admin_option OR g.rolname NOT IN ('')))
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
))
    LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% has more privileges than posemo''s owner roles need', found;
  END IF;
  SELECT pg_catalog.format('role %I', r.rolname) INTO found
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname = 'posemo'
      AND (NOT r.rolcanlogin OR r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls
        OR r.rolinherit OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS x WHERE x.member = r.oid AND NOT (x.inherit_option AND NOT x.set_option AND NOT x.admin_option AND x.roleid = (
       SELECT y.oid FROM pg_catalog.pg_roles AS y WHERE y.rolname = 'pg_use_reserved_connections'))
)
        OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.member
          WHERE m.roleid = r.oid AND NOT (g.rolsuper)
));
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% is more than a login role', found;
  END IF;
  SELECT o.found INTO found FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL (
    SELECT pg_catalog.format('function %s', p.oid::pg_catalog.regprocedure) FROM pg_catalog.pg_proc AS p
      WHERE p.pronamespace = n.oid
        AND (pg_catalog.obj_description(p.oid, 'pg_proc') IS NULL
          -- A function of an extension is dropped when the owner of the extension drops it.
          OR EXISTS (SELECT FROM pg_catalog.pg_depend AS m WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND m.objid = p.oid AND m.deptype = 'e')
          OR pg_catalog.obj_description(p.oid, 'pg_proc') NOT LIKE '{"posemo":%'
          OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.oid = p.proowner
            AND (r.rolname IN ('posemo_authid', 'posemo_files', 'posemo_hba', 'posemo_logs', 'posemo_mappings', 'posemo_monitor', 'posemo_origins', 'posemo_plain', 'posemo_sequences', 'posemo_settings', 'posemo_statistics', 'posemo_stats', 'posemo_subscriptions')
              -- An owner role of an earlier catalog.
              OR NOT r.rolcanlogin AND NOT r.rolsuper AND pg_catalog.shobj_description(r.oid, 'pg_authid') = '{"posemo":true}'))
          -- After the restore of a dump without owners, a function belongs to another role. With exactly the expected text and
          -- comment it is posemo's: it is dropped and created again.
          AND NOT EXISTS (SELECT FROM (
SELECT w.* FROM (VALUES
  (NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.bool, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid[],
    NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text[], NULL::pg_catalog.oid, NULL::pg_catalog.oid)

  , (
'zz_sample', 'posemo_authid', false, 'bigint, text',
  ARRAY['minimum', 'words', 'thing', 'count'],
  ARRAY['bigint', 'text', 'name', 'bigint']::pg_catalog.regtype[]::pg_catalog.oid[],
  'iitt', pg_catalog.array_to_string(ARRAY[
    '''-7''::integer', pg_catalog.quote_literal(E'it''s \U00000024posemo\U00000024 \\ here') || '::text']::pg_catalog.text[], ', '),
  '{"posemo":"VERSION","sha256":"24993c8913f10dd88de5712a6efe18dcbe4c0e4a6b40e8a19a37a399e037c11c"}', '9a34b884bc5d9bb3f79f0b69e1e637cda5c45d9cc54394b99f243da5885e39e1', ARRAY['search_path=pg_catalog, pg_temp', 'standard_conforming_strings=on', 'transform_null_equals=off', 'lock_timeout=100ms', 'row_security=off', 'restrict_nonsystem_relation_kind=view,foreign-table']
  , NULL, NULL)

) AS w (function, want_owner, superuser, want_arguments, want_names, want_types,
  want_modes, want_defaults, want_comment, want_body, want_settings, want_extension, want_access)
WHERE w.function IS NOT NULL

            ) AS w WHERE p.proname = w.function AND pg_catalog.obj_description(p.oid, 'pg_proc') = w.want_comment
              AND pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex') = w.want_body))
    -- Every object in a schema depends on it; row types of tables depend on it through their table.
    UNION ALL SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_catalog.pg_depend AS d
      WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
        AND d.classid <> 'pg_catalog.pg_proc'::pg_catalog.regclass
  ) AS o(found)
  WHERE n.nspname = 'posemo' LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION '% is not part of posemo', found;
  END IF;
  IF EXISTS (
    SELECT FROM pg_catalog.pg_namespace AS n
    CROSS JOIN pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) AS a
    WHERE n.nspname = 'posemo' AND a.grantee <> n.nspowner
      AND (a.privilege_type <> 'USAGE' OR a.grantee <> (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'posemo'))
  ) THEN
    RAISE EXCEPTION 'roles other than the monitor role have privileges on schema %', 'posemo';
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_catalog.pg_database AS d
    CROSS JOIN pg_catalog.aclexplode(d.datacl) AS a
    JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
    WHERE d.datname = pg_catalog.current_database() AND r.rolname = 'posemo' AND a.privilege_type = 'CONNECT'
  ) THEN
    RAISE EXCEPTION 'role % cannot grant CONNECT on database %', current_user, pg_catalog.current_database()
      USING HINT = 'Connect as the owner of the database, or as a superuser: -U postgres.';
  END IF;
END
$posemo$;
COMMIT;
BEGIN;
-- set the session's parameters
:posemo_text_1 \gexec

-- drop owner roles that no check needs any more
DO $posemo$
DECLARE
  retire text;
BEGIN
  FOR retire IN
SELECT pg_catalog.format('DROP ROLE %I', r.rolname)
FROM pg_catalog.pg_roles AS r
WHERE pg_catalog.shobj_description(r.oid, 'pg_authid') = '{"posemo":true}' AND r.rolname LIKE 'posemo\_%' AND NOT r.rolcanlogin
  AND r.rolname NOT IN ('posemo', 'posemo_authid', 'posemo_files', 'posemo_hba', 'posemo_logs', 'posemo_mappings', 'posemo_monitor', 'posemo_origins', 'posemo_plain', 'posemo_sequences', 'posemo_settings', 'posemo_statistics', 'posemo_stats', 'posemo_subscriptions')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_shdepend AS d
    WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = r.oid)
  LOOP
    EXECUTE retire;
  END LOOP;
END
$posemo$;
COMMIT;

\echo 'posemo: installed'
