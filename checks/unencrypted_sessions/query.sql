SELECT CAST(a.usename AS text) AS role,
       host(a.client_addr) AS address,
       a.backend_type = 'walsender' AS replication,
       count(*) AS sessions,
       max(a.application_name) AS application
FROM pg_stat_activity AS a
JOIN pg_stat_ssl AS s ON s.pid = a.pid
LEFT JOIN pg_stat_gssapi AS g ON g.pid = a.pid
WHERE a.backend_type IN ('client backend', 'walsender')
  AND NOT s.ssl
  -- GSSAPI can encrypt, too.
  AND g.encrypted IS NOT TRUE
  -- Sessions over Unix sockets have no address.
  AND a.client_addr IS NOT NULL
  AND NOT a.client_addr <<= inet '127.0.0.0/8'
  AND NOT a.client_addr <<= inet '::1/128'
  AND NOT a.client_addr <<= inet '::ffff:127.0.0.0/104'
  AND NOT EXISTS (
      SELECT
      FROM unnest(string_to_array(unencrypted_sessions.trusted, ',')) AS t (network)
      WHERE btrim(t.network) <> ''
        AND a.client_addr <<= CAST(btrim(t.network) AS inet))
GROUP BY a.usename, a.client_addr, a.backend_type
ORDER BY 3 DESC, 4 DESC, 1, 2
LIMIT 200
