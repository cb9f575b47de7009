WITH policy AS MATERIALIZED (
    SELECT p.polrelid, p.polname, p.polcmd, p.polpermissive,
           0 = ANY (p.polroles) AS for_all,
           -- Whether the condition or the check is the constant true. pg_get_expr() would wait for locks on the table.
           coalesce(CAST(p.polqual AS text) LIKE '{CONST :consttype 16 %:constisnull false%'
                    AND CAST(p.polqual AS text) NOT LIKE '%[ 0 0 0 0 0 0 0 0 ]}', false)
           OR coalesce(CAST(p.polwithcheck AS text) LIKE '{CONST :consttype 16 %:constisnull false%'
                       AND CAST(p.polwithcheck AS text) NOT LIKE '%[ 0 0 0 0 0 0 0 0 ]}', false) AS always_true
    FROM pg_policy AS p
), relation AS MATERIALIZED (
    SELECT c.oid, c.relnamespace, c.relname, c.relowner, c.relrowsecurity, c.relforcerowsecurity,
           c.oid IN (SELECT p.polrelid FROM policy AS p) AS has_policy
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'p')
      AND (c.relrowsecurity OR c.oid IN (SELECT p.polrelid FROM policy AS p))
), problem AS (
    SELECT c.oid, 'policy_without_row_security' AS rule, CAST(NULL AS name) AS polname, CAST(NULL AS "char") AS polcmd,
           1 AS rank
    FROM relation AS c
    WHERE c.has_policy AND NOT c.relrowsecurity
    UNION ALL
    -- Superusers and roles with BYPASSRLS are not restricted in any table.
    SELECT c.oid, 'not_forced', NULL, NULL, 2
    FROM relation AS c
    JOIN pg_roles AS r ON r.oid = c.relowner
    WHERE c.has_policy
      AND c.relrowsecurity
      AND NOT c.relforcerowsecurity
      AND r.rolcanlogin
      AND NOT r.rolsuper
      AND NOT r.rolbypassrls
    UNION ALL
    SELECT c.oid, CASE p.polcmd WHEN 'r' THEN 'all_rows_readable' ELSE 'always_true' END, p.polname, p.polcmd,
           CASE p.polcmd WHEN 'r' THEN 4 ELSE 2 END
    FROM policy AS p
    JOIN relation AS c ON c.oid = p.polrelid
    WHERE c.relrowsecurity
      AND p.polpermissive
      AND p.for_all
      AND p.always_true
      -- A restrictive policy can still exclude rows.
      AND NOT EXISTS (
          SELECT
          FROM policy AS x
          WHERE x.polrelid = p.polrelid
            AND NOT x.polpermissive
            AND NOT x.always_true
            AND x.for_all
            AND x.polcmd IN ('*', p.polcmd))
    UNION ALL
    SELECT c.oid, 'no_policy', NULL, NULL, 3
    FROM relation AS c
    WHERE NOT c.has_policy
)
SELECT format('%I.%I', n.nspname, c.relname) AS "table",
       CAST(p.polname AS text) AS policy,
       p.rule AS rule,
       CAST(pg_get_userbyid(c.relowner) AS text) AS owner,
       CASE p.polcmd WHEN '*' THEN 'all' WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                     WHEN 'd' THEN 'DELETE' END AS command
FROM problem AS p
JOIN relation AS c ON c.oid = p.oid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
ORDER BY p.rank, n.nspname, c.relname, p.polname
LIMIT 500
