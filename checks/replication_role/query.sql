SELECT coalesce(replication_role.expected IN ('any', s.role), false) AS as_expected,
       s.role AS role,
       replication_role.expected AS expected
FROM (SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END AS role) AS s
