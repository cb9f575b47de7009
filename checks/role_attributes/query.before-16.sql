-- Before 16, CREATEROLE gives every right of the server except that of a superuser, and with it the programs of the server.
WITH RECURSIVE granted AS MATERIALIZED (
    -- Each list of allowed names is split once and not for each role, as it can be long.
    SELECT r.oid, r.rolname, r.rolcanlogin, a.attribute, a.severity, a.rank
    FROM (
        VALUES
            ('createrole', 'critical', 1,
             regexp_split_to_array(btrim(coalesce(role_attributes.allowed_createrole, '')), '[ ]*,[ ]*')),
            ('bypassrls', 'error', 2,
             regexp_split_to_array(btrim(coalesce(role_attributes.allowed_bypassrls, '')), '[ ]*,[ ]*')),
            ('replication', 'warning', 4,
             regexp_split_to_array(btrim(coalesce(role_attributes.allowed_replication, '')), '[ ]*,[ ]*')),
            ('createdb', 'warning', 5,
             regexp_split_to_array(btrim(coalesce(role_attributes.allowed_createdb, '')), '[ ]*,[ ]*'))
    ) AS a (attribute, severity, rank, names)
    JOIN pg_roles AS r
      ON CASE a.attribute
              WHEN 'createrole' THEN r.rolcreaterole
              WHEN 'bypassrls' THEN r.rolbypassrls
              WHEN 'replication' THEN r.rolreplication
              ELSE r.rolcreatedb
         END
    -- The check superusers reports superusers, which have all attributes.
    WHERE NOT r.rolsuper
      AND NOT CAST(r.rolname AS text) = ANY (a.names)
), reach AS (
    SELECT DISTINCT g.oid AS role, g.oid AS member
    FROM granted AS g
    UNION
    -- Before 16, every direct or indirect member can become the role.
    SELECT h.role, m.member
    FROM reach AS h
    JOIN pg_auth_members AS m ON m.roleid = h.member
), user_of AS MATERIALIZED (
    SELECT h.role, count(*) AS members, min(CAST(r.rolname AS text)) AS member
    FROM reach AS h
    JOIN pg_roles AS r ON r.oid = h.member
    WHERE r.rolcanlogin AND NOT r.rolsuper AND h.member <> h.role
    GROUP BY h.role
)
SELECT CAST(g.rolname AS text) AS name,
       g.attribute,
       g.severity,
       g.rolcanlogin AS login,
       coalesce(u.members, 0) AS members,
       u.member
FROM granted AS g
LEFT JOIN user_of AS u ON u.role = g.oid
WHERE g.rolcanlogin OR u.members > 0
ORDER BY g.rank, members DESC, name
