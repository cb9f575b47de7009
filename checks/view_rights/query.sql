WITH RECURSIVE protected AS MATERIALIZED (
    SELECT c.oid, c.relowner, c.relforcerowsecurity
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity
), edge AS MATERIALIZED (
    SELECT DISTINCT d.refobjid AS relation, c.oid AS view, c.relowner, c.relkind,
           EXISTS (SELECT FROM unnest(c.reloptions) AS o (option)
                   WHERE o.option ~* '^security_invoker=(on|t(r(ue?)?)?|y(es?)?|1)$') AS invoker
    FROM pg_rewrite AS r
    JOIN pg_class AS c ON c.oid = r.ev_class
    JOIN pg_depend AS d ON d.classid = CAST('pg_rewrite' AS regclass) AND d.objid = r.oid
    WHERE r.ev_type = '1'
      AND c.relkind IN ('v', 'm')
      -- Relations that initdb created have smaller numbers.
      AND c.oid >= oid '16384'
      AND d.refclassid = CAST('pg_class' AS regclass)
      AND d.refobjid <> c.oid
), asks AS (
    -- Views that read the table as the role that runs the query. The view that names the table decides: with
    -- security_invoker, it does so inside of another view, too.
    SELECT p.oid AS relation, p.oid AS "table"
    FROM protected AS p
    UNION
    SELECT e.view, a."table"
    FROM asks AS a
    JOIN edge AS e ON e.relation = a.relation
    WHERE e.relkind = 'v' AND (e.invoker OR a.relation <> a."table")
), opener AS MATERIALIZED (
    -- Views that read the table as their owner, to whom no policy of the table applies. A materialized view is filled
    -- by a query of its owner.
    SELECT DISTINCT e.view, e.relowner AS reader, a."table", p.relowner, p.relforcerowsecurity
    FROM asks AS a
    JOIN edge AS e ON e.relation = a.relation
    JOIN protected AS p ON p.oid = a."table"
    JOIN pg_roles AS r ON r.oid = e.relowner
    WHERE (e.relkind = 'm' OR a.relation = a."table" AND NOT e.invoker)
      AND (r.rolsuper
           OR r.rolbypassrls
           OR NOT p.relforcerowsecurity AND pg_has_role(e.relowner, p.relowner, 'USAGE'))
), reach AS (
    SELECT o.view AS relation, o.view AS through
    FROM opener AS o
    UNION
    SELECT e.view, h.through
    FROM reach AS h
    JOIN edge AS e ON e.relation = h.relation
), granted AS MATERIALIZED (
    SELECT c.oid AS relation, a.grantee
    FROM pg_class AS c
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE c.oid IN (SELECT h.relation FROM reach AS h)
      AND c.relacl IS NOT NULL
      AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    UNION
    SELECT t.attrelid, a.grantee
    FROM pg_attribute AS t
    CROSS JOIN LATERAL aclexplode(t.attacl) AS a
    WHERE t.attrelid IN (SELECT h.relation FROM reach AS h)
      AND t.attacl IS NOT NULL
      AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE')
), protection AS MATERIALIZED (
    SELECT DISTINCT o.view, o.relowner, o.relforcerowsecurity FROM opener AS o
), exposed AS MATERIALIZED (
    SELECT h.relation, h.through,
           array_to_string((array_agg(DISTINCT coalesce(quote_ident(r.rolname), 'PUBLIC')))[1:3], ', ') AS readers,
           bool_or(g.grantee = oid '0') AS open
    FROM reach AS h
    JOIN granted AS g ON g.relation = h.relation
    JOIN protection AS p ON p.view = h.through
    LEFT JOIN pg_roles AS r ON r.oid = g.grantee
    -- A role to whom no policy of the table applies needs no view to read all rows.
    WHERE CASE WHEN g.grantee = oid '0' THEN true
               ELSE NOT (r.rolsuper
                         OR r.rolbypassrls
                         OR NOT p.relforcerowsecurity AND pg_has_role(g.grantee, p.relowner, 'USAGE')) END
    GROUP BY h.relation, h.through
), chosen AS MATERIALIZED (
    SELECT format('%I.%I', n.nspname, v.relname) AS view,
           v.relkind = 'm' AS materialized,
           format('%I.%I', m.nspname, u.relname) AS through_name,
           u.relkind = 'm' AS through_materialized,
           u.relowner, e.through, e.readers, e.open
    FROM exposed AS e
    JOIN pg_class AS v ON v.oid = e.relation
    JOIN pg_namespace AS n ON n.oid = v.relnamespace
    JOIN pg_class AS u ON u.oid = e.through
    JOIN pg_namespace AS m ON m.oid = u.relnamespace
    ORDER BY e.open DESC, n.nspname, v.relname, m.nspname, u.relname
    LIMIT 500
), opened AS MATERIALIZED (
    SELECT o.view, count(*) AS tables,
           array_to_string((array_agg(format('%I.%I', s.nspname, t.relname) ORDER BY s.nspname, t.relname))[1:3], ', ') AS first
    FROM opener AS o
    JOIN pg_class AS t ON t.oid = o."table"
    JOIN pg_namespace AS s ON s.oid = t.relnamespace
    WHERE o.view IN (SELECT c.through FROM chosen AS c)
    GROUP BY o.view
)
SELECT c.view,
       c.materialized,
       c.through_name AS through,
       c.through_materialized,
       CAST(pg_get_userbyid(c.relowner) AS text) AS owner,
       CAST(current_setting('server_version_num') AS integer) >= 150000 AS invoker,
       o.tables,
       o.first,
       c.readers,
       c.open
FROM chosen AS c
JOIN opened AS o ON o.view = c.through
ORDER BY c.open DESC, c.view, c.through_name
