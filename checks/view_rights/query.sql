WITH RECURSIVE protected AS MATERIALIZED (
    SELECT c.oid, c.relowner, c.relforcerowsecurity
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity
), reach AS (
    -- reader: the role that reads the table, or no value if it is the role that runs the query. The view that names the
    -- table decides: with security_invoker it reads as the role that runs the query, also inside of another view. A
    -- materialized view is filled by a query of its owner.
    SELECT p.oid AS relation, p.oid AS "table", CAST(NULL AS oid) AS reader, CAST(NULL AS oid) AS through
    FROM protected AS p
    UNION
    SELECT v.oid,
           h."table",
           CASE WHEN h.reader IS NOT NULL THEN h.reader
                WHEN v.relkind = 'm' OR h.relation = h."table" AND NOT v.invoker THEN v.relowner END,
           CASE WHEN h.reader IS NOT NULL THEN h.through
                WHEN v.relkind = 'm' OR h.relation = h."table" AND NOT v.invoker THEN v.oid END
    FROM reach AS h
    CROSS JOIN LATERAL (
        SELECT c.oid, c.relowner, c.relkind,
               EXISTS (SELECT FROM unnest(c.reloptions) AS o (option)
                       WHERE o.option ~* '^security_invoker=(on|t(r(ue?)?)?|y(es?)?|1)$') AS invoker
        FROM pg_depend AS d
        JOIN pg_rewrite AS r ON r.oid = d.objid
        JOIN pg_class AS c ON c.oid = r.ev_class
        WHERE d.refclassid = CAST('pg_class' AS regclass)
          AND d.refobjid = h.relation
          AND d.classid = CAST('pg_rewrite' AS regclass)
          AND r.ev_type = '1'
          AND c.relkind IN ('v', 'm')
          AND c.oid <> h.relation) AS v
), bypassed AS MATERIALIZED (
    SELECT h.relation, h.through, h.reader, h."table", p.relowner, p.relforcerowsecurity
    FROM reach AS h
    JOIN protected AS p ON p.oid = h."table"
    JOIN pg_roles AS r ON r.oid = h.reader
    WHERE r.rolsuper
       OR r.rolbypassrls
       OR NOT p.relforcerowsecurity AND pg_has_role(h.reader, p.relowner, 'USAGE')
), viewed AS MATERIALIZED (
    SELECT DISTINCT b.relation FROM bypassed AS b
), granted AS MATERIALIZED (
    SELECT c.oid AS relation, a.grantee
    FROM pg_class AS c
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE c.oid IN (SELECT v.relation FROM viewed AS v)
      AND c.relacl IS NOT NULL
      AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    UNION
    SELECT t.attrelid, a.grantee
    FROM pg_attribute AS t
    CROSS JOIN LATERAL aclexplode(t.attacl) AS a
    WHERE t.attrelid IN (SELECT v.relation FROM viewed AS v)
      AND t.attacl IS NOT NULL
      AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE')
), exposed AS MATERIALIZED (
    SELECT b.relation, b.through, b.reader, b."table", g.grantee, r.rolname
    FROM bypassed AS b
    JOIN granted AS g ON g.relation = b.relation
    LEFT JOIN pg_roles AS r ON r.oid = g.grantee
    -- A role to whom no policy of the table applies needs no view to read all rows.
    WHERE CASE WHEN g.grantee = oid '0' THEN true
               ELSE NOT (r.rolsuper
                         OR r.rolbypassrls
                         OR NOT b.relforcerowsecurity AND pg_has_role(g.grantee, b.relowner, 'USAGE')) END
)
SELECT format('%I.%I', n.nspname, v.relname) AS view,
       v.relkind = 'm' AS materialized,
       format('%I.%I', m.nspname, u.relname) AS through,
       u.relkind = 'm' AS through_materialized,
       CAST(pg_get_userbyid(e.reader) AS text) AS owner,
       CAST(current_setting('server_version_num') AS integer) >= 150000 AS invoker,
       count(DISTINCT e."table") AS tables,
       array_to_string((array_agg(DISTINCT format('%I.%I', s.nspname, t.relname)))[1:3], ', ') AS first,
       array_to_string((array_agg(DISTINCT coalesce(quote_ident(e.rolname), 'PUBLIC')))[1:3], ', ') AS readers,
       bool_or(e.grantee = oid '0') AS open
FROM exposed AS e
JOIN pg_class AS v ON v.oid = e.relation
JOIN pg_namespace AS n ON n.oid = v.relnamespace
JOIN pg_class AS u ON u.oid = e.through
JOIN pg_namespace AS m ON m.oid = u.relnamespace
JOIN pg_class AS t ON t.oid = e."table"
JOIN pg_namespace AS s ON s.oid = t.relnamespace
GROUP BY n.nspname, v.relname, v.relkind, m.nspname, u.relname, u.relkind, e.reader
ORDER BY 10 DESC, 1, 3
LIMIT 500
