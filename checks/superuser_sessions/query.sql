WITH session AS (
    SELECT a.usename, a.client_addr, a.application_name, a.backend_start,
           coalesce(NOT (a.client_addr <<= inet '127.0.0.0/8'
                         OR a.client_addr <<= inet '::1/128'
                         OR a.client_addr <<= inet '::ffff:127.0.0.0/104'), false) AS remote
    FROM pg_stat_activity AS a
    JOIN pg_roles AS r ON r.oid = a.usesysid
    WHERE r.rolsuper
      -- Not the server's own processes.
      AND a.backend_type IN ('client backend', 'walsender')
), place AS (
    SELECT CAST(s.usename AS text) AS role,
           coalesce(host(s.client_addr), '[local]') AS address,
           s.remote,
           CASE WHEN s.remote THEN EXISTS (
               SELECT
               FROM unnest(string_to_array(superuser_sessions.allowed, ',')) AS n (network)
               WHERE btrim(n.network) <> ''
                 AND s.client_addr <<= CAST(btrim(n.network) AS inet))
           END AS allowed,
           count(*) AS sessions,
           max(s.application_name) AS application,
           min(s.backend_start) AS first
    FROM session AS s
    GROUP BY s.usename, s.client_addr, s.remote
)
SELECT p.role AS role,
       p.address AS address,
       p.remote AS remote,
       p.allowed AS allowed,
       p.sessions AS sessions,
       p.application AS application,
       CAST(extract(epoch FROM clock_timestamp() - p.first) AS double precision) AS oldest
FROM place AS p
ORDER BY p.remote DESC, p.allowed, p.sessions DESC, p.role, p.address
LIMIT 200
