WITH parsed AS MATERIALIZED (
    -- The column file_name is new in 16. Before it, the name means the row without values.
    SELECT h.*
    FROM (SELECT CAST(NULL AS text) AS file_name) AS before_16
    CROSS JOIN LATERAL (
        SELECT file_name,
               r.line_number, r.type, r.database, r.user_name, r.address, r.netmask, r.auth_method,
               EXISTS (SELECT FROM unnest(r.options) AS o WHERE o = 'clientcert=verify-full') AS certified,
               CASE WHEN r.netmask IS NOT NULL THEN
                   set_masklen(CAST(r.address AS inet),
                               (SELECT max(n) FROM generate_series(0, CASE WHEN r.address ~ ':' THEN 128 ELSE 32 END) AS n
                                WHERE CASE WHEN r.address ~ ':' THEN host(netmask(set_masklen(inet '::', n)))
                                           ELSE host(netmask(set_masklen(inet '0.0.0.0', n))) END = r.netmask))
               END AS network
        FROM pg_hba_file_rules AS r
        WHERE r.type IS NOT NULL AND r.type <> 'local' AND r.error IS NULL AND r.auth_method <> 'reject') AS h
), judged AS (
    SELECT p.file_name, p.line_number, p.certified,
           left(concat_ws(' ', p.type, array_to_string(p.database, ','), array_to_string(p.user_name, ','),
                          coalesce(CAST(network(p.network) AS text), concat_ws(' ', p.address, p.netmask)),
                          p.auth_method), 240) AS entry,
           CASE WHEN p.address = 'all' OR masklen(p.network) = 0 THEN 'everywhere'
                -- A mask with ones after zeros has no length.
                WHEN p.netmask IS NOT NULL AND p.network IS NULL THEN 'split_mask'
                WHEN masklen(p.network) < CASE family(p.network) WHEN 4 THEN 8 ELSE 32 END THEN 'large_network'
                WHEN p.database @> ARRAY['all'] AND p.user_name @> ARRAY['all']
                     AND lower(p.address) NOT IN ('localhost', 'samehost')
                     AND (p.network <<= inet '127.0.0.0/8' OR p.network <<= inet '::1') IS NOT TRUE THEN 'all_roles'
           END AS width
    FROM parsed AS p
)
SELECT j.entry,
       j.width,
       CASE WHEN j.width = 'all_roles' OR j.certified THEN 'notice'
            WHEN j.width = 'everywhere' THEN 'error'
            ELSE 'warning'
       END AS severity,
       j.certified,
       j.file_name AS file,
       j.line_number AS line
FROM judged AS j
WHERE j.width IS NOT NULL
ORDER BY j.width = 'all_roles' OR j.certified, j.width <> 'everywhere', j.file_name, j.line_number
