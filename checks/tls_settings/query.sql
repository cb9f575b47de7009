SELECT w.name AS setting,
       w.value AS value,
       s.source = 'default' AS by_default,
       -- An empty list, and the names and addresses of loopback, are not reachable from another machine.
       EXISTS (
           SELECT
           FROM unnest(string_to_array(current_setting('listen_addresses'), ',')) AS a (address)
           WHERE btrim(a.address) <> ''
             AND lower(btrim(a.address)) NOT IN ('localhost', '::1')
             AND btrim(a.address) NOT LIKE '127.%') AS network
-- Servers before 18 have ssl_ecdh_curve, later ones ssl_groups and ssl_tls13_ciphers.
FROM (VALUES ('ssl', current_setting('ssl')),
             ('ssl_min_protocol_version', current_setting('ssl_min_protocol_version')),
             ('ssl_max_protocol_version', current_setting('ssl_max_protocol_version')),
             ('ssl_ciphers', current_setting('ssl_ciphers')),
             ('ssl_tls13_ciphers', current_setting('ssl_tls13_ciphers', true)),
             ('ssl_prefer_server_ciphers', current_setting('ssl_prefer_server_ciphers')),
             ('ssl_ecdh_curve', current_setting('ssl_ecdh_curve', true)),
             ('ssl_groups', current_setting('ssl_groups', true))) AS w (name, value)
JOIN pg_show_all_settings() AS s ON s.name = w.name
ORDER BY 1
