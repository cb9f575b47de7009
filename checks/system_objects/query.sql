WITH system_schema AS MATERIALIZED (
    -- initdb creates objects with smaller numbers.
    SELECT n.oid, n.nspname, n.nspowner, n.oid >= oid '16384' AS is_new
    FROM pg_namespace AS n
    WHERE n.nspname IN ('pg_catalog', 'information_schema')
), member AS MATERIALIZED (
    -- What belongs to an extension, and the parts of other objects, such as the row type of a table.
    SELECT d.classid, d.objid
    FROM pg_depend AS d
    WHERE d.deptype IN ('e', 'i') AND d.objid >= oid '16384'
), new_object AS (
    SELECT CAST('pg_proc' AS regclass) AS classid, p.oid, p.pronamespace AS namespace, p.proowner AS owner,
           'function' AS kind, 1 AS rank, CAST(CAST(p.oid AS regprocedure) AS text) AS local, 'ROUTINE' AS word
    FROM pg_proc AS p
    WHERE p.oid >= oid '16384' AND p.pronamespace IN (SELECT s.oid FROM system_schema AS s)
    UNION ALL
    SELECT CAST('pg_operator' AS regclass), o.oid, o.oprnamespace, o.oprowner, 'operator', 1,
           format('%s(%s,%s)', o.oprname, CASE o.oprleft WHEN oid '0' THEN 'NONE' ELSE format_type(o.oprleft, NULL) END,
                  CASE o.oprright WHEN oid '0' THEN 'NONE' ELSE format_type(o.oprright, NULL) END), 'OPERATOR'
    FROM pg_operator AS o
    WHERE o.oid >= oid '16384' AND o.oprnamespace IN (SELECT s.oid FROM system_schema AS s)
    UNION ALL
    SELECT CAST('pg_class' AS regclass), c.oid, c.relnamespace, c.relowner,
           CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                          WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'table' END, 2,
           quote_ident(c.relname),
           CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                          WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END
    FROM pg_class AS c
    WHERE c.oid >= oid '16384' AND c.relkind NOT IN ('i', 'I', 't')
      AND c.relnamespace IN (SELECT s.oid FROM system_schema AS s)
    UNION ALL
    -- Row types and array types belong to another object, and are members of it.
    SELECT CAST('pg_type' AS regclass), t.oid, t.typnamespace, t.typowner, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, 2,
           quote_ident(t.typname), 'TYPE'
    FROM pg_type AS t
    WHERE t.oid >= oid '16384' AND t.typrelid = oid '0' AND t.typnamespace IN (SELECT s.oid FROM system_schema AS s)
    UNION ALL
    SELECT CAST('pg_conversion' AS regclass), c.oid, c.connamespace, c.conowner, 'conversion', 2,
           quote_ident(c.conname), 'CONVERSION'
    FROM pg_conversion AS c
    WHERE c.oid >= oid '16384' AND c.connamespace IN (SELECT s.oid FROM system_schema AS s)
    UNION ALL
    SELECT CAST('pg_ts_dict' AS regclass), t.oid, t.dictnamespace, t.dictowner, 'text search dictionary', 2,
           quote_ident(t.dictname), 'TEXT SEARCH DICTIONARY'
    FROM pg_ts_dict AS t
    WHERE t.oid >= oid '16384' AND t.dictnamespace IN (SELECT s.oid FROM system_schema AS s)
    UNION ALL
    SELECT CAST('pg_ts_config' AS regclass), t.oid, t.cfgnamespace, t.cfgowner, 'text search configuration', 4,
           quote_ident(t.cfgname), 'TEXT SEARCH CONFIGURATION'
    FROM pg_ts_config AS t
    WHERE t.oid >= oid '16384' AND t.cfgnamespace IN (SELECT s.oid FROM system_schema AS s)
    UNION ALL
    -- pg_import_system_collations() adds those of a new version of the operating system.
    SELECT CAST('pg_collation' AS regclass), c.oid, c.collnamespace, c.collowner, 'collation', 4,
           quote_ident(c.collname), 'COLLATION'
    FROM pg_collation AS c
    WHERE c.oid >= oid '16384' AND c.collnamespace IN (SELECT s.oid FROM system_schema AS s)
), problem AS (
    SELECT concat(s.nspname, '.', regexp_replace(o.local, '^information_schema[.]', '')) AS object, o.kind, 'new' AS rule, o.rank,
           o.owner,
           concat('DROP ', o.word, ' ', s.nspname, '.', regexp_replace(o.local, '^information_schema[.]', '')) AS statement
    FROM new_object AS o
    JOIN system_schema AS s ON s.oid = o.namespace
    WHERE NOT s.is_new
      AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = o.classid AND m.objid = o.oid)
    UNION ALL
    -- The notes of some releases demand to create the information schema again.
    SELECT s.nspname, 'schema', 'recreated', 3, s.nspowner, NULL
    FROM system_schema AS s
    WHERE s.is_new
    UNION ALL
    SELECT format('%s AS %s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)), 'cast', 'new', 1, NULL,
           format('DROP CAST (%s AS %s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL))
    FROM pg_cast AS c
    WHERE c.oid >= oid '16384'
      AND c.castsource < oid '16384'
      AND c.casttarget < oid '16384'
      AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = CAST('pg_cast' AS regclass) AND m.objid = c.oid)
    UNION ALL
    SELECT format('%I on %s', t.tgname, CAST(t.tgrelid AS regclass)), 'trigger', 'new', 1, NULL,
           format('DROP TRIGGER %I ON %s', t.tgname, CAST(t.tgrelid AS regclass))
    FROM pg_trigger AS t
    WHERE t.tgrelid < oid '16384'
    UNION ALL
    -- initdb needs less than 1000 transactions, and neither VACUUM nor CREATE DATABASE changes xmin.
    SELECT CAST(CAST(r.ev_class AS regclass) AS text), 'view', 'replaced',
           -- The notes of the releases of May 2024 demand to create these two again.
           CASE WHEN CAST(CAST(r.ev_class AS regclass) AS text) IN ('pg_stats_ext', 'pg_stats_ext_exprs') THEN 4 ELSE 2 END,
           c.relowner, NULL
    FROM pg_rewrite AS r
    JOIN pg_class AS c ON c.oid = r.ev_class
    WHERE r.ev_class < oid '16384'
      AND (r.oid >= oid '16384' OR CAST(CAST(r.xmin AS text) AS bigint) >= 2000)
    UNION ALL
    -- A grant changes the row, too, and leaves a list of rights.
    SELECT concat('pg_catalog.', CAST(CAST(p.oid AS regprocedure) AS text)), 'function', 'replaced', 2, p.proowner, NULL
    FROM pg_proc AS p
    WHERE p.oid < oid '16384'
      AND p.proacl IS NULL
      AND CAST(CAST(p.xmin AS text) AS bigint) >= 2000
      AND p.proconfig IS NULL
      AND NOT p.prosecdef
    UNION ALL
    SELECT concat('pg_catalog.', CAST(CAST(p.oid AS regprocedure) AS text)), 'function', 'changed', 1, p.proowner, NULL
    FROM pg_proc AS p
    WHERE p.oid < oid '16384'
      -- 12, 13 and 14 are the languages internal, c and sql. On a new server, no system function has any of these
      -- properties.
      AND (p.prolang NOT IN (oid '12', oid '13', oid '14')
           OR p.prosecdef
           OR p.proconfig IS NOT NULL
           OR p.prolang = oid '13' AND p.probin NOT LIKE '$libdir/%')
    UNION ALL
    SELECT concat('pg_catalog.', CAST(CAST(o.oid AS regoperator) AS text)), 'operator', 'changed', 1, o.oprowner, NULL
    FROM pg_operator AS o
    WHERE o.oid < oid '16384' AND o.oprcode >= 16384
    UNION ALL
    SELECT CAST(CAST(c.oid AS regclass) AS text), 'table or view', 'owner', 2, c.relowner, NULL
    FROM pg_class AS c
    -- 10 is the owner of the installation.
    WHERE c.oid < oid '16384' AND c.relowner <> oid '10'
    UNION ALL
    SELECT concat('pg_catalog.', CAST(CAST(p.oid AS regprocedure) AS text)), 'function', 'owner', 2, p.proowner, NULL
    FROM pg_proc AS p
    WHERE p.oid < oid '16384' AND p.proowner <> oid '10'
    UNION ALL
    SELECT s.nspname, 'schema', 'owner', 2, s.nspowner, NULL
    FROM system_schema AS s
    WHERE s.nspowner <> oid '10' AND NOT s.is_new
)
SELECT p.object,
       p.kind,
       p.rule,
       CASE p.rank WHEN 1 THEN 'critical' WHEN 2 THEN 'error' WHEN 3 THEN 'warning' ELSE 'notice' END AS severity,
       CAST(pg_get_userbyid(p.owner) AS text) AS owner,
       p.statement
FROM problem AS p
ORDER BY p.rank, p.rule, p.kind, p.object
LIMIT 500
