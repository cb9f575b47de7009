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
    SELECT p.oid AS power, p.oid AS member
    FROM power AS p
    UNION
    -- Before 16, every direct or indirect member can become the role.
    SELECT h.power, m.member
    FROM reach AS h
    JOIN pg_auth_members AS m ON m.roleid = h.member
)
SELECT CAST(r.rolname AS text) AS name,
       p.name AS power,
       p.severity,
       (SELECT string_agg(DISTINCT quote_ident(pg_get_userbyid(h.member)), ', ')
        FROM pg_auth_members AS m
        JOIN reach AS h ON h.member = m.roleid
        WHERE m.member = r.oid
          AND h.power = p.oid) AS through
FROM reach AS u
JOIN power AS p ON p.oid = u.power
JOIN pg_roles AS r ON r.oid = u.member
WHERE r.rolcanlogin
  -- The check superusers reports superusers, which have all rights.
  AND NOT r.rolsuper
  AND NOT CAST(r.rolname AS text) = ANY ((SELECT w.names FROM allowed AS w)::text[])
ORDER BY p.rank, name
