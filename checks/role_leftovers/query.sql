WITH allowed AS MATERIALIZED (
    -- The list is split once and not for each role, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(role_leftovers.allowed, '')), '[ ]*,[ ]*') AS names
), used AS MATERIALIZED (
    SELECT d.refobjid AS role, d.dbid,
           count(*) FILTER (WHERE d.deptype = 'o') AS owned,
           count(*) FILTER (WHERE d.deptype <> 'o') AS granted
    FROM pg_shdepend AS d
    WHERE d.refclassid = CAST('pg_authid' AS regclass)
    GROUP BY d.refobjid, d.dbid
), use AS MATERIALIZED (
    SELECT u.role,
           CAST(sum(u.owned) AS bigint) AS owned,
           CAST(sum(u.granted) AS bigint) AS granted,
           array_to_string((array_agg(quote_ident(b.datname) ORDER BY b.datname) FILTER (WHERE b.datname IS NOT NULL))[1:3],
                           ', ') AS databases
    FROM used AS u
    LEFT JOIN pg_database AS b ON b.oid = u.dbid
    GROUP BY u.role
), person AS MATERIALIZED (
    SELECT r.oid, CAST(r.rolname AS text) AS name, r.rolcanlogin, r.rolconnlimit,
           coalesce(r.rolconnlimit = 0
                    OR r.rolvaliduntil < now() - make_interval(
                        days => least(greatest(coalesce(role_leftovers.expired_days, 30), 0), 36500)), false)
               AS disabled,
           r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls AS has_attribute,
           EXISTS (SELECT FROM pg_auth_members AS m WHERE m.roleid = r.oid) AS has_members,
           EXISTS (SELECT FROM pg_auth_members AS m WHERE m.member = r.oid)
           OR EXISTS (SELECT FROM pg_db_role_setting AS s WHERE s.setrole = r.oid) AS is_configured
    FROM pg_roles AS r
    -- Predefined roles have smaller numbers. The check superusers reports superusers, who need no rights.
    WHERE r.oid >= oid '16384'
      AND NOT r.rolsuper
      AND NOT CAST(r.rolname AS text) = ANY ((SELECT w.names FROM allowed AS w)::text[])
), problem AS (
    SELECT CAST(u.role AS text) AS role, 'missing' AS rule, u.owned, u.granted, u.databases, CAST(NULL AS boolean) AS login, 1 AS rank
    FROM use AS u
    WHERE NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.oid = u.role)
    UNION ALL
    SELECT CAST(m.member AS text), 'missing', 0, 0, NULL, NULL, 1
    FROM pg_auth_members AS m
    WHERE NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.oid = m.member)
      AND NOT EXISTS (SELECT FROM use AS u WHERE u.role = m.member)
    GROUP BY m.member
    UNION ALL
    SELECT p.name,
           CASE WHEN p.rolcanlogin AND p.disabled THEN 'disabled'
                WHEN u.role IS NOT NULL THEN 'unused_rights'
                ELSE 'no_rights' END,
           coalesce(u.owned, 0), coalesce(u.granted, 0), u.databases, p.rolcanlogin,
           CASE WHEN p.rolcanlogin AND p.disabled THEN 2 WHEN u.role IS NOT NULL THEN 3 ELSE 4 END
    FROM person AS p
    LEFT JOIN use AS u ON u.role = p.oid
    WHERE p.rolcanlogin AND p.disabled AND (u.role IS NOT NULL OR p.is_configured OR p.has_attribute)
       -- A role without login and without members: only functions and views that it owns can use its rights.
       OR NOT p.rolcanlogin AND NOT p.has_members AND u.granted > 0 AND u.owned = 0
       OR u.role IS NULL AND NOT p.is_configured AND NOT p.has_attribute AND NOT p.has_members
    UNION ALL
    SELECT p.name, 'no_limit', coalesce(u.owned, 0), coalesce(u.granted, 0), u.databases, true, 5
    FROM person AS p
    LEFT JOIN use AS u ON u.role = p.oid
    WHERE role_leftovers.limits AND p.rolcanlogin AND p.rolconnlimit = -1
)
SELECT p.role, p.rule, p.owned, p.granted, p.databases, p.login
FROM problem AS p
ORDER BY p.rank, p.owned DESC, p.granted DESC, p.role
LIMIT 500
