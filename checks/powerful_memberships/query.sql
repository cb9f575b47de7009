WITH RECURSIVE allowed AS MATERIALIZED (
    -- The list is split once and not for each role, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(powerful_memberships.allowed, '')), '[ ]*,[ ]*') AS names
), power AS MATERIALIZED (
    -- A predefined role that this server does not have is left out by the join.
    SELECT r.oid, w.name, w.severity, w.rank
    FROM (
        VALUES
            ('pg_execute_server_program', 'critical', 1),
            ('pg_write_server_files', 'critical', 2),
            ('pg_read_server_files', 'critical', 3),
            ('pg_write_all_data', 'error', 4),
            ('pg_read_all_data', 'error', 5),
            ('pg_maintain', 'warning', 6),
            ('pg_signal_backend', 'warning', 7),
            ('pg_signal_autovacuum_worker', 'warning', 8),
            ('pg_create_subscription', 'warning', 9),
            ('pg_checkpoint', 'warning', 10),
            ('pg_use_reserved_connections', 'warning', 11)
    ) AS w (name, severity, rank)
    JOIN pg_roles AS r ON r.rolname = w.name
), reach AS (
    -- inherited: whether it is sufficient to inherit from the role `member`. If not, a session must become this role.
    SELECT p.oid AS power, p.oid AS member, true AS inherited
    FROM power AS p
    UNION
    -- With ADMIN, a role can grant itself SET and INHERIT.
    SELECT h.power, m.member, m.admin_option OR (m.inherit_option AND h.inherited)
    FROM reach AS h
    JOIN pg_auth_members AS m ON m.roleid = h.member
    WHERE (m.admin_option OR m.set_option OR (m.inherit_option AND h.inherited))
      -- What posemo install --reserved-connections grants to a monitor role. posemo verify reports a forged comment.
      AND NOT (h.member = (SELECT p.oid FROM power AS p WHERE p.name = 'pg_use_reserved_connections')
               AND NOT m.admin_option AND NOT m.set_option
               AND shobj_description(m.member, 'pg_authid') IS NOT DISTINCT FROM '{"posemo":true}')
)
SELECT CAST(r.rolname AS text) AS name,
       p.name AS power,
       p.severity,
       (SELECT string_agg(DISTINCT quote_ident(pg_get_userbyid(h.member)), ', ')
        FROM pg_auth_members AS m
        JOIN reach AS h ON h.member = m.roleid
        WHERE m.member = r.oid
          AND h.power = p.oid
          AND (m.admin_option OR m.set_option OR (m.inherit_option AND h.inherited))) AS through
FROM (SELECT DISTINCT h.power, h.member FROM reach AS h) AS u
JOIN power AS p ON p.oid = u.power
JOIN pg_roles AS r ON r.oid = u.member
WHERE r.rolcanlogin
  -- The check superusers reports superusers, which have all rights.
  AND NOT r.rolsuper
  AND NOT CAST(r.rolname AS text) = ANY ((SELECT w.names FROM allowed AS w)::text[])
ORDER BY p.rank, name
