WITH parsed AS MATERIALIZED (
    -- These columns are new in 16. Before it, their names mean the row without values.
    SELECT h.*
    FROM (SELECT CAST(NULL AS text) AS file_name, CAST(NULL AS integer) AS rule_number) AS before_16
    CROSS JOIN LATERAL (
        SELECT file_name,
               coalesce(rule_number, r.line_number) AS rule_number,
               r.line_number, r.type, r.database, r.user_name, r.address, r.netmask, r.auth_method,
               CASE WHEN r.netmask IS NOT NULL THEN
                   set_masklen(CAST(r.address AS inet),
                               (SELECT max(n) FROM generate_series(0, CASE WHEN r.address ~ ':' THEN 128 ELSE 32 END) AS n
                                WHERE CASE WHEN r.address ~ ':' THEN host(netmask(set_masklen(inet '::', n)))
                                           ELSE host(netmask(set_masklen(inet '0.0.0.0', n))) END = r.netmask))
               END AS network
        FROM pg_hba_file_rules AS r
        WHERE r.type IS NOT NULL AND r.error IS NULL) AS h
), part AS MATERIALIZED (
    -- The addresses of a rule in IPv4 and in IPv6: a network, or a name, which can have addresses of both.
    SELECT p.rule_number, p.type, p.database, p.user_name, p.auth_method, f.family,
           CASE WHEN p.address = 'all' THEN f.everything ELSE network(p.network) END AS network,
           concat_ws(' ', p.address, p.netmask) AS name
    FROM parsed AS p
    JOIN (VALUES (4, inet '0.0.0.0/0'), (6, inet '::/0')) AS f (family, everything)
      ON p.network IS NULL OR family(p.network) = f.family
), covered AS MATERIALIZED (
    -- The first rules of each type before a rule that match all its addresses, databases and roles.
    SELECT a.rule_number, a.family, e.type, min(e.rule_number) AS earlier
    FROM part AS a
    JOIN part AS e ON e.family = a.family AND e.rule_number < a.rule_number
    WHERE (a.network <<= e.network OR masklen(e.network) = 0 OR e.name = a.name
           OR e.name = 'samenet' AND a.name = 'samehost')
      AND (e.user_name @> ARRAY['all'] OR e.user_name @> a.user_name)
      -- all does not match connections for replication.
      AND (e.database @> ARRAY['all']
           AND (e.database @> ARRAY['replication'] OR NOT a.database @> ARRAY['replication'])
           OR e.database @> a.database)
    GROUP BY a.rule_number, a.family, e.type
), decided AS MATERIALIZED (
    -- For each kind of connection that a rule matches, the first of these rules.
    SELECT a.rule_number, a.family, k.kind, min(c.earlier) AS earlier
    FROM part AS a
    JOIN (VALUES ('local', ARRAY['local']),
                 ('tls', ARRAY['host', 'hostssl', 'hostnogssenc']),
                 ('gssapi', ARRAY['host', 'hostnossl', 'hostgssenc']),
                 ('clear', ARRAY['host', 'hostnossl', 'hostnogssenc'])) AS k (kind, types) ON a.type = ANY (k.types)
    LEFT JOIN covered AS c ON c.rule_number = a.rule_number AND c.family = a.family AND c.type = ANY (k.types)
    GROUP BY a.rule_number, a.family, k.kind
), shadowed AS MATERIALIZED (
    SELECT d.rule_number, min(d.earlier) AS earlier, bool_or(e.auth_method <> 'reject') AS accepted
    FROM decided AS d
    LEFT JOIN parsed AS e ON e.rule_number = d.earlier
    GROUP BY d.rule_number
    HAVING bool_and(d.earlier IS NOT NULL)
), entry AS MATERIALIZED (
    SELECT p.rule_number, p.file_name, p.line_number, p.auth_method,
           left(concat_ws(' ', p.type, array_to_string(p.database, ','), array_to_string(p.user_name, ','),
                          coalesce(CAST(network(p.network) AS text), nullif(concat_ws(' ', p.address, p.netmask), '')),
                          p.auth_method), 240) AS text
    FROM parsed AS p
)
SELECT n.text AS entry,
       n.auth_method = 'reject' AND s.accepted AS opened,
       n.file_name AS file,
       n.line_number AS line,
       b.text AS by_entry,
       b.line_number AS by_line
FROM shadowed AS s
JOIN entry AS n ON n.rule_number = s.rule_number
JOIN entry AS b ON b.rule_number = s.earlier
ORDER BY n.auth_method = 'reject' AND s.accepted DESC, n.rule_number
