WITH space AS MATERIALIZED (
    -- A release can demand to create the information schema again; then it has a larger number.
    SELECT n.oid, n.nspname
    FROM pg_namespace AS n
    WHERE n.nspname IN ('pg_catalog', 'information_schema') AND n.oid < oid '16384'
), member AS MATERIALIZED (
    -- initdb creates the extension plpgsql, too.
    SELECT d.objid FROM pg_depend AS d WHERE d.deptype = 'e' AND d.objid < oid '16384'
), definition AS (
    -- Numbers of objects below 12000 are those of the catalog version. Others depend on the locales of the system, so they are
    -- names here. Marks for the planner only, such as volatility and cost, are left out: releases change some.
    SELECT CASE s.nspname WHEN 'pg_catalog' THEN concat('function ', lower(left(p.proname, 1))) ELSE 'function of information_schema' END AS part,
           CAST(CAST(p.oid AS regprocedure) AS text) AS object,
           CAST(ROW(p.prorettype, p.proretset, p.prokind, p.prolang, p.prosecdef, p.proleakproof, p.proisstrict, p.provariadic,
                    p.proallargtypes, p.proargmodes, p.proargnames, pg_get_expr(p.proargdefaults, oid '0'), CAST(p.prosupport AS oid),
                    p.proconfig, p.probin, p.prosrc, pg_get_function_sqlbody(p.oid)) AS text) AS definition,
           CAST(CAST(p.xmin AS text) AS bigint) AS written
    FROM pg_proc AS p
    JOIN space AS s ON s.oid = p.pronamespace
    WHERE p.oid < oid '16384'
      AND NOT EXISTS (SELECT FROM member AS m WHERE m.objid = p.oid)
      -- The releases of November 2026 added this function for new servers.
      AND NOT (p.proname = 'binary_upgrade_set_next_attribute_versions' AND p.prosrc = p.proname AND p.prolang = oid '12')
    UNION ALL
    SELECT 'operator', CAST(CAST(o.oid AS regoperator) AS text),
           CAST(ROW(o.oprresult, CAST(o.oprcode AS oid), CAST(o.oprrest AS oid), CAST(o.oprjoin AS oid), o.oprcom, o.oprnegate,
                    o.oprcanmerge, o.oprcanhash) AS text),
           CAST(CAST(o.xmin AS text) AS bigint)
    FROM pg_operator AS o
    WHERE o.oid < oid '16384'
    UNION ALL
    SELECT 'cast', concat(format_type(c.castsource, NULL), ' AS ', format_type(c.casttarget, NULL)),
           CAST(ROW(c.castfunc, c.castcontext, c.castmethod) AS text), CAST(CAST(c.xmin AS text) AS bigint)
    FROM pg_cast AS c
    WHERE c.oid < oid '16384'
    UNION ALL
    -- Row types and array types follow from others.
    SELECT CASE s.nspname WHEN 'pg_catalog' THEN 'type' ELSE 'type of information_schema' END, format_type(t.oid, NULL),
           CAST(ROW(t.typtype, CAST(t.typinput AS oid), CAST(t.typoutput AS oid), CAST(t.typreceive AS oid),
                    CAST(t.typsend AS oid), CAST(t.typmodin AS oid), CAST(t.typmodout AS oid), CAST(t.typanalyze AS oid),
                    t.typbasetype, t.typtypmod) AS text),
           CAST(CAST(t.xmin AS text) AS bigint)
    FROM pg_type AS t
    JOIN space AS s ON s.oid = t.typnamespace
    WHERE t.oid < oid '16384' AND t.typrelid = oid '0' AND t.typelem = oid '0'
    UNION ALL
    SELECT 'range type', format_type(r.rngtypid, NULL),
           CAST(ROW(r.rngsubtype, r.rngsubopc, CAST(r.rngcanonical AS oid), CAST(r.rngsubdiff AS oid)) AS text),
           CAST(CAST(r.xmin AS text) AS bigint)
    FROM pg_range AS r
    WHERE r.rngtypid < oid '16384'
    UNION ALL
    SELECT 'aggregate', CAST(CAST(CAST(a.aggfnoid AS oid) AS regprocedure) AS text),
           CAST(ROW(a.aggkind, a.aggnumdirectargs, CAST(a.aggtransfn AS oid), CAST(a.aggfinalfn AS oid), CAST(a.aggcombinefn AS oid),
                    CAST(a.aggserialfn AS oid), CAST(a.aggdeserialfn AS oid), CAST(a.aggmtransfn AS oid),
                    CAST(a.aggminvtransfn AS oid), CAST(a.aggmfinalfn AS oid), a.aggsortop, a.aggtranstype, a.aggmtranstype,
                    a.agginitval, a.aggminitval) AS text),
           CAST(CAST(a.xmin AS text) AS bigint)
    FROM pg_aggregate AS a
    WHERE CAST(a.aggfnoid AS oid) < oid '16384'
    UNION ALL
    SELECT 'operator family', concat(f.opfname, ' for access method ', m.amname),
           CAST(ROW(a.amproclefttype, a.amprocrighttype, a.amprocnum, CAST(a.amproc AS oid)) AS text),
           CAST(CAST(a.xmin AS text) AS bigint)
    FROM pg_amproc AS a
    JOIN pg_opfamily AS f ON f.oid = a.amprocfamily
    JOIN pg_am AS m ON m.oid = f.opfmethod
    -- The releases of November 2023 removed this function of interval_ops for new servers.
    WHERE a.oid < oid '16384' AND NOT (f.opfname = 'interval_ops' AND m.amname = 'btree' AND a.amprocnum = 4)
    UNION ALL
    SELECT 'operator family', concat(f.opfname, ' for access method ', m.amname),
           CAST(ROW(a.amoplefttype, a.amoprighttype, a.amopstrategy, a.amoppurpose, a.amopopr, a.amopsortfamily) AS text),
           CAST(CAST(a.xmin AS text) AS bigint)
    FROM pg_amop AS a
    JOIN pg_opfamily AS f ON f.oid = a.amopfamily
    JOIN pg_am AS m ON m.oid = f.opfmethod
    WHERE a.oid < oid '16384'
    UNION ALL
    SELECT 'language', CAST(l.lanname AS text),
           CAST(ROW(l.lanispl, l.lanpltrusted, l.lanplcallfoid, l.laninline, l.lanvalidator) AS text),
           CAST(CAST(l.xmin AS text) AS bigint)
    FROM pg_language AS l
    WHERE l.oid < oid '16384'
      AND NOT EXISTS (SELECT FROM member AS m WHERE m.objid = l.oid)
    UNION ALL
    SELECT 'access method', CAST(m.amname AS text), CAST(ROW(m.amtype, CAST(m.amhandler AS oid)) AS text),
           CAST(CAST(m.xmin AS text) AS bigint)
    FROM pg_am AS m
    WHERE m.oid < oid '16384'
    UNION ALL
    SELECT 'conversion', CAST(c.conname AS text),
           CAST(ROW(c.conforencoding, c.contoencoding, c.condefault, CAST(CAST(c.conproc AS oid) AS regprocedure)) AS text),
           CAST(CAST(c.xmin AS text) AS bigint)
    FROM pg_conversion AS c
    WHERE c.oid < oid '16384'
    UNION ALL
    SELECT 'text search', concat('template ', t.tmplname),
           CAST(ROW(CAST(CAST(t.tmplinit AS oid) AS regprocedure), CAST(CAST(t.tmpllexize AS oid) AS regprocedure)) AS text),
           CAST(CAST(t.xmin AS text) AS bigint)
    FROM pg_ts_template AS t
    WHERE t.oid < oid '16384'
    UNION ALL
    SELECT 'text search', concat('parser ', p.prsname),
           CAST(ROW(CAST(p.prsstart AS oid), CAST(p.prstoken AS oid), CAST(p.prsend AS oid), CAST(p.prsheadline AS oid),
                    CAST(p.prslextype AS oid)) AS text),
           CAST(CAST(p.xmin AS text) AS bigint)
    FROM pg_ts_parser AS p
    WHERE p.oid < oid '16384'
    UNION ALL
    SELECT CASE WHEN s.nspname <> 'pg_catalog' THEN 'view of information_schema'
                -- The notes of the releases of May 2024 demand to create these two again.
                WHEN c.relname IN ('pg_stats_ext', 'pg_stats_ext_exprs') THEN 'view of extended statistics'
                ELSE 'view' END,
           CAST(CAST(c.oid AS regclass) AS text),
           CAST(ROW(c.reloptions, pg_get_viewdef(c.oid), r.rules) AS text), r.written
    FROM pg_class AS c
    JOIN space AS s ON s.oid = c.relnamespace
    JOIN (SELECT r.ev_class, max(CAST(CAST(r.xmin AS text) AS bigint)) AS written,
                 string_agg(pg_get_ruledef(r.oid), ' ' ORDER BY r.rulename) FILTER (WHERE r.rulename <> '_RETURN') AS rules
          FROM pg_rewrite AS r
          WHERE r.ev_class < oid '16384'
          GROUP BY r.ev_class) AS r ON r.ev_class = c.oid
    WHERE c.relkind = 'v' AND c.oid < oid '16384'
)
SELECT d.part,
       CAST((SELECT c.catalog_version_no FROM pg_control_system() AS c) AS bigint) AS catalog_version,
       count(*) AS objects,
       -- Without a conversion, no text can make it fail.
       left(encode(sha256(convert_to(string_agg(CAST(ROW(d.object, d.definition) AS text), chr(10)
                                                ORDER BY d.object COLLATE "C", d.definition COLLATE "C"),
                                     getdatabaseencoding())), 'hex'), 32) AS digest,
       array_to_string((array_agg(d.object ORDER BY d.written DESC, d.object COLLATE "C"))[1:3], ', ') AS latest
FROM definition AS d
GROUP BY d.part
ORDER BY d.part COLLATE "C"
