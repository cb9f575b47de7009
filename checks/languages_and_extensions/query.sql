WITH allowed AS MATERIALIZED (
    -- The list is split once and not for each object, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(languages_and_extensions.allowed, '')), '[ ]*,[ ]*') AS names
), superuser AS MATERIALIZED (
    SELECT r.oid FROM pg_roles AS r WHERE r.rolsuper
), untrusted AS MATERIALIZED (
    SELECT l.oid, CAST(l.lanname AS text) AS name
    FROM pg_language AS l
    WHERE NOT l.lanpltrusted
), code AS MATERIALIZED (
    SELECT p.oid, u.name AS language,
           regexp_replace(p.probin, '[.]so$', '') AS library,
           p.proowner NOT IN (SELECT s.oid FROM superuser AS s) AS by_other
    FROM pg_proc AS p
    JOIN untrusted AS u ON u.oid = p.prolang
    -- Functions that initdb created have smaller numbers.
    WHERE p.oid >= oid '16384'
      AND NOT EXISTS (
          SELECT
          FROM pg_depend AS d
          WHERE d.classid = CAST('pg_proc' AS regclass)
            AND d.objid = p.oid
            AND d.deptype = 'e')
), known (name, severity) AS (
    VALUES ('adminpack', 'warning'),
           ('dblink', 'warning'),
           ('file_fdw', 'warning'),
           ('http', 'warning'),
           ('pageinspect', 'warning'),
           ('pg_background', 'warning'),
           ('pg_net', 'warning'),
           ('pg_surgery', 'warning'),
           ('xml2', 'warning'),
           ('mysql_fdw', 'notice'),
           ('oracle_fdw', 'notice'),
           ('pg_cron', 'notice'),
           ('plproxy', 'notice'),
           ('postgres_fdw', 'notice'),
           ('tds_fdw', 'notice')
), problem AS (
    -- Only a superuser can create functions in these languages, unless the mark in the catalog was changed by hand.
    SELECT CAST(l.lanname AS text) AS object, 'made_trusted' AS rule, 'critical' AS severity,
           CAST(NULL AS bigint) AS functions, CAST(NULL AS bigint) AS by_others, CAST(NULL AS text) AS first
    FROM pg_language AS l
    WHERE l.lanpltrusted
      AND l.lanname IN ('c', 'internal', 'plperlu', 'pltclu', 'plpythonu', 'plpython2u', 'plpython3u', 'javau', 'plr', 'plsh')
    UNION ALL
    SELECT u.name,
           CASE WHEN f.by_others > 0 THEN 'functions_of_others' ELSE 'untrusted' END,
           CASE WHEN f.by_others > 0 THEN 'error' ELSE 'warning' END,
           f.functions, f.by_others, f.first
    FROM untrusted AS u
    CROSS JOIN LATERAL (
        SELECT count(*) AS functions,
               count(*) FILTER (WHERE c.by_other) AS by_others,
               array_to_string((array_agg(CAST(CAST(c.oid AS regprocedure) AS text) ORDER BY c.by_other DESC, c.oid))[1:3],
                               ', ') AS first
        FROM code AS c
        WHERE c.language = u.name) AS f
    WHERE u.name NOT IN ('c', 'internal')
    UNION ALL
    SELECT c.library,
           'library',
           -- Only files of the server's own directory were installed with packages.
           CASE WHEN c.library ~ '^([$]libdir|/usr/lib/postgresql/[0-9]+/lib|/usr/pgsql-[0-9]+/lib)/[^/]+$' OR c.library !~ '/'
                THEN 'warning' ELSE 'critical' END,
           count(*),
           count(*) FILTER (WHERE c.by_other),
           array_to_string((array_agg(CAST(CAST(c.oid AS regprocedure) AS text) ORDER BY c.by_other DESC, c.oid))[1:3], ', ')
    FROM code AS c
    WHERE c.language = 'c' AND c.library IS NOT NULL
    GROUP BY c.library
    UNION ALL
    SELECT c.language,
           'internal',
           'error',
           count(*),
           count(*) FILTER (WHERE c.by_other),
           array_to_string((array_agg(CAST(CAST(c.oid AS regprocedure) AS text) ORDER BY c.by_other DESC, c.oid))[1:3], ', ')
    FROM code AS c
    WHERE c.language = 'internal'
    GROUP BY c.language
    UNION ALL
    SELECT CAST(x.extname AS text), 'extension', k.severity, NULL, NULL, NULL
    FROM pg_extension AS x
    JOIN known AS k ON k.name = x.extname
    UNION ALL
    SELECT 'public', 'in_public', 'info', count(*), NULL,
           array_to_string((array_agg(quote_ident(x.extname) ORDER BY x.extname))[1:3], ', ')
    FROM pg_extension AS x
    WHERE x.extnamespace = (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = 'public')
    HAVING count(*) > 0
)
SELECT p.object, p.rule, p.severity, p.functions, p.by_others, p.first
FROM problem AS p
WHERE p.rule IN ('made_trusted', 'internal')
   OR NOT p.object = ANY ((SELECT w.names FROM allowed AS w)::text[])
ORDER BY CASE p.severity WHEN 'critical' THEN 1 WHEN 'error' THEN 2 WHEN 'warning' THEN 3 WHEN 'notice' THEN 4 ELSE 5 END,
         p.rule, p.object
LIMIT 500
