WITH socket AS MATERIALIZED (
    -- On Linux, a client needs the permission to write: the digits are those of the owner, the group and the others.
    SELECT right(s.setting, 1) ~ '[2367]' AS for_all,
           right(s.setting, 2) ~ '^[2367]' AS for_group
    FROM pg_settings AS s
    WHERE s.name = 'unix_socket_permissions'
), parsed AS MATERIALIZED (
    -- The column file_name is new in 16. Before it, the name means the row without values.
    SELECT h.*
    FROM (SELECT CAST(NULL AS text) AS file_name) AS before_16
    CROSS JOIN LATERAL (
        SELECT file_name,
               r.line_number, r.type, r.database, r.user_name, r.address, r.netmask, r.auth_method,
               -- A certificate with the name of the role is an authentication, whatever the method is.
               EXISTS (SELECT FROM unnest(r.options) AS o WHERE o = 'clientcert=verify-full') AS certified,
               CASE WHEN r.netmask IS NOT NULL THEN
                   set_masklen(CAST(r.address AS inet),
                               (SELECT max(n) FROM generate_series(0, CASE WHEN r.address ~ ':' THEN 128 ELSE 32 END) AS n
                                WHERE CASE WHEN r.address ~ ':' THEN host(netmask(set_masklen(inet '::', n)))
                                           ELSE host(netmask(set_masklen(inet '0.0.0.0', n))) END = r.netmask))
               END AS network
        FROM pg_hba_file_rules AS r
        WHERE r.type IS NOT NULL AND r.error IS NULL) AS h
), rule AS MATERIALIZED (
    SELECT p.file_name, p.line_number, p.auth_method, p.certified,
           left(concat_ws(' ', p.type, array_to_string(p.database, ','), array_to_string(p.user_name, ','),
                          coalesce(CAST(network(p.network) AS text), nullif(concat_ws(' ', p.address, p.netmask), '')),
                          p.auth_method), 240) AS entry,
           p.type IN ('hostssl', 'hostgssenc') AS encrypted,
           CASE WHEN p.type = 'local' THEN 'local'
                WHEN lower(p.address) IN ('localhost', 'samehost')
                     OR p.network <<= inet '127.0.0.0/8' OR p.network <<= inet '::1' THEN 'loopback'
                ELSE 'network'
           END AS reach
    FROM parsed AS p
), judged AS (
    SELECT r.entry, r.auth_method, r.reach, r.encrypted, r.file_name, r.line_number,
           NOT s.for_all AND r.reach = 'local' AS group_only,
           CASE
               WHEN r.auth_method = 'trust' AND NOT r.certified THEN
                   CASE WHEN r.reach = 'network' THEN 'critical'
                        WHEN r.reach = 'loopback' OR s.for_all THEN 'error'
                        -- The server's own user of the operating system can read the files of the server, too.
                        WHEN s.for_group THEN 'notice'
                   END
               WHEN r.auth_method = 'password' THEN
                   CASE WHEN r.reach <> 'network' THEN 'warning' WHEN r.encrypted THEN 'error' ELSE 'critical' END
               WHEN r.auth_method = 'md5' THEN CASE WHEN r.reach = 'network' THEN 'warning' ELSE 'notice' END
               WHEN r.auth_method = 'ident' THEN CASE WHEN r.reach = 'network' THEN 'error' ELSE 'notice' END
           END AS severity
    FROM rule AS r
    CROSS JOIN socket AS s
)
SELECT j.entry,
       j.auth_method AS method,
       j.reach,
       j.severity,
       j.encrypted,
       j.group_only,
       j.file_name AS file,
       j.line_number AS line
FROM judged AS j
WHERE j.severity IS NOT NULL
ORDER BY CASE j.severity WHEN 'critical' THEN 1 WHEN 'error' THEN 2 WHEN 'warning' THEN 3 ELSE 4 END,
         j.file_name, j.line_number
