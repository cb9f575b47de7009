WITH allowed AS MATERIALIZED (
    -- The list is split once and not for each right, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(parameter_grants.allowed, '')), '[ ]*,[ ]*') AS names
), held AS (
    SELECT p.parname,
           a.grantee,
           r.rolname,
           bool_or(a.privilege_type = 'SET') AS may_set,
           bool_or(a.privilege_type = 'ALTER SYSTEM') AS may_alter_system,
           bool_or(a.is_grantable) AS grantable
    FROM pg_parameter_acl AS p
    CROSS JOIN LATERAL aclexplode(p.paracl) AS a
    LEFT JOIN pg_roles AS r ON r.oid = a.grantee
    -- A superuser may change every setting.
    WHERE r.rolsuper IS NOT TRUE
    GROUP BY p.parname, a.grantee, r.rolname
), weighed AS (
    SELECT CASE WHEN h.grantee = oid '0' THEN 'PUBLIC' ELSE CAST(h.rolname AS text) END AS grantee,
           h.parname, h.may_set, h.may_alter_system, h.grantable,
           -- A setting that this role cannot see counts as one that only superusers may change.
           CASE WHEN NOT h.may_alter_system
                     AND EXISTS (SELECT FROM pg_settings AS s
                                 WHERE lower(s.name) = h.parname AND s.context = 'user')
                THEN 'notice'
                ELSE 'error'
           END AS severity
    FROM held AS h
    WHERE h.grantee = oid '0'
       OR NOT CAST(h.rolname AS text) = ANY ((SELECT w.names FROM allowed AS w)::text[])
)
SELECT w.grantee,
       w.parname AS setting,
       w.may_set,
       w.may_alter_system,
       w.grantable,
       w.severity
FROM weighed AS w
ORDER BY w.severity, w.may_alter_system DESC, w.grantee, w.parname
