WITH definer AS MATERIALIZED (
    SELECT p.oid, p.proowner, p.pronamespace, p.proacl,
           EXISTS (SELECT FROM unnest(p.proconfig) AS c (setting)
                   WHERE c.setting LIKE 'search_path=%') AS has_path,
           -- A name in quotes can contain commas: 'pg_catalog, pg_temp' in one pair of quotes is one schema.
           EXISTS (SELECT FROM unnest(p.proconfig) AS c (setting)
                   WHERE c.setting ~ '^search_path=(([^",]|"([^"]|"")*")*,)*[ ]*("pg_temp"|pg_temp)[ ]*$') AS temp_last,
           EXISTS (SELECT FROM unnest(p.proconfig) AS c (setting)
                   WHERE c.setting ~ '^search_path=(.*,)?[ ]*("pg_temp"|pg_temp)[ ]*,') AS temp_early,
           EXISTS (SELECT FROM unnest(p.proconfig) AS c (setting)
                   WHERE c.setting ~ '^search_path=(.*,)?[ ]*("public"|public)[ ]*(,|$)') AS has_public
    FROM pg_proc AS p
    WHERE p.prosecdef
      -- Functions that initdb created have smaller numbers.
      AND p.oid >= oid '16384'
), creator AS MATERIALIZED (
    -- Who may create objects in the schema public: its owner, and those with the privilege. 0 is PUBLIC.
    SELECT CASE
                -- The only member of this role is the owner of the database.
                WHEN x.creator = (SELECT o.oid FROM pg_roles AS o WHERE o.rolname = 'pg_database_owner')
                THEN (SELECT b.datdba FROM pg_database AS b WHERE b.datname = current_database())
                ELSE x.creator
           END AS creator
    FROM (
        SELECT n.nspowner AS creator
        FROM pg_namespace AS n
        WHERE n.nspname = 'public'
        UNION
        SELECT g.grantee
        FROM pg_namespace AS n
        CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS g
        WHERE n.nspname = 'public' AND g.privilege_type = 'CREATE'
    ) AS x
), untrusted AS MATERIALIZED (
    -- The owner of the function, its members and superusers could do the same without the function.
    SELECT o.proowner
    FROM (SELECT DISTINCT d.proowner FROM definer AS d) AS o
    WHERE EXISTS (
        SELECT
        FROM creator AS c
        WHERE CASE WHEN c.creator = oid '0' THEN true ELSE NOT pg_has_role(c.creator, o.proowner, 'MEMBER') END)
), usable AS MATERIALIZED (
    SELECT n.oid
    FROM pg_namespace AS n
    WHERE EXISTS (SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
                  WHERE a.grantee = oid '0' AND a.privilege_type = 'USAGE')
), judged AS MATERIALIZED (
    SELECT d.oid, d.proowner,
           CASE WHEN NOT d.has_path THEN 'missing'
                -- Without pg_temp at the end, the server searches the temporary tables and types of the caller first.
                WHEN NOT d.temp_last OR d.temp_early THEN 'no pg_temp'
                WHEN d.has_public AND d.proowner IN (SELECT u.proowner FROM untrusted AS u) THEN 'public'
           END AS path,
           d.pronamespace IN (SELECT u.oid FROM usable AS u)
           AND EXISTS (SELECT FROM aclexplode(coalesce(d.proacl, acldefault('f', d.proowner))) AS a
                       WHERE a.grantee = oid '0' AND a.privilege_type = 'EXECUTE') AS callable,
           (SELECT r.rolsuper FROM pg_roles AS r WHERE r.oid = d.proowner) AS superuser
    FROM definer AS d
), weighed AS (
    SELECT j.*,
           CASE WHEN j.path IS NOT NULL AND j.callable AND j.superuser THEN 4
                WHEN j.path IS NOT NULL THEN 3
                WHEN j.callable THEN 2
                ELSE 1
           END AS weight
    FROM judged AS j
    WHERE j.path IS NOT NULL OR j.callable OR j.superuser
)
SELECT CAST(CAST(w.oid AS regprocedure) AS text) AS function,
       CASE w.weight WHEN 4 THEN 'critical' WHEN 3 THEN 'error' WHEN 2 THEN 'warning' ELSE 'info' END AS severity,
       CAST(pg_get_userbyid(w.proowner) AS text) AS owner,
       w.superuser,
       w.callable,
       w.path,
       (SELECT CAST(x.extname AS text)
        FROM pg_depend AS d
        JOIN pg_extension AS x ON x.oid = d.refobjid
        WHERE d.classid = CAST('pg_proc' AS regclass)
          AND d.objid = w.oid
          AND d.deptype = 'e'
          AND d.refclassid = CAST('pg_extension' AS regclass)
        LIMIT 1) AS extension
FROM weighed AS w
ORDER BY w.weight DESC, function
