WITH parsed AS MATERIALIZED (
    -- The column file_name is new in 16. Before it, the name means the row without values.
    SELECT h.*
    FROM (SELECT CAST(NULL AS text) AS file_name) AS before_16
    CROSS JOIN LATERAL (
        SELECT file_name,
               r.line_number, r.type, r.database, r.user_name, r.address, r.netmask, r.auth_method,
               EXISTS (SELECT FROM unnest(r.options) AS o WHERE o LIKE 'ldapbindpasswd=%') AS bind,
               CASE WHEN r.netmask IS NOT NULL THEN
                   set_masklen(CAST(r.address AS inet),
                               (SELECT max(n) FROM generate_series(0, CASE WHEN r.address ~ ':' THEN 128 ELSE 32 END) AS n
                                WHERE CASE WHEN r.address ~ ':' THEN host(netmask(set_masklen(inet '::', n)))
                                           ELSE host(netmask(set_masklen(inet '0.0.0.0', n))) END = r.netmask))
               END AS network
        FROM pg_hba_file_rules AS r
        -- A rule that never matches on this server contains its secret, too.
        WHERE r.type IS NOT NULL) AS h
)
SELECT left(concat_ws(' ', p.type, array_to_string(p.database, ','), array_to_string(p.user_name, ','),
                      coalesce(CAST(network(p.network) AS text), nullif(concat_ws(' ', p.address, p.netmask), '')),
                      p.auth_method), 240) AS entry,
       -- The method radius requires the option.
       CASE WHEN p.bind THEN 'ldapbindpasswd' ELSE 'radiussecrets' END AS option,
       p.file_name AS file,
       p.line_number AS line
FROM parsed AS p
WHERE p.bind OR p.auth_method = 'radius'
ORDER BY p.file_name, p.line_number
