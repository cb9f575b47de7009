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
        WHERE r.type IN ('host', 'hostnossl', 'hostnogssenc') AND r.error IS NULL) AS h
), part AS MATERIALIZED (
    -- The addresses of a rule in IPv4 and in IPv6: a network, or a name, which can have addresses of both.
    SELECT p.rule_number, p.database, p.user_name, p.auth_method, f.family,
           CASE WHEN p.address = 'all' THEN f.everything ELSE network(p.network) END AS network,
           concat_ws(' ', p.address, p.netmask) AS name
    FROM parsed AS p
    JOIN (VALUES (4, inet '0.0.0.0/0'), (6, inet '::/0')) AS f (family, everything)
      ON p.network IS NULL OR family(p.network) = f.family
), accepted AS MATERIALIZED (
    SELECT DISTINCT a.rule_number
    FROM part AS a
    WHERE a.auth_method <> 'reject'
      -- The first rule that matches decides, so an earlier reject can refuse all connections of the rule in clear text.
      AND NOT EXISTS (
          SELECT
          FROM part AS e
          WHERE e.auth_method = 'reject'
            AND e.rule_number < a.rule_number
            AND e.family = a.family
            AND (a.network <<= e.network OR masklen(e.network) = 0 OR e.name = a.name)
            AND (e.user_name @> ARRAY['all'] OR e.user_name @> a.user_name)
            AND (e.database @> ARRAY['all'] AND NOT a.database @> ARRAY['replication'] OR e.database @> a.database))
)
SELECT left(concat_ws(' ', p.type, array_to_string(p.database, ','), array_to_string(p.user_name, ','),
                      coalesce(CAST(network(p.network) AS text), concat_ws(' ', p.address, p.netmask)),
                      p.auth_method), 240) AS entry,
       p.type AS type,
       p.auth_method IN ('ldap', 'pam', 'radius', 'bsd', 'oauth') AS sends_password,
       p.file_name AS file,
       p.line_number AS line
FROM parsed AS p
JOIN accepted AS c ON c.rule_number = p.rule_number
WHERE lower(p.address) NOT IN ('localhost', 'samehost')
  AND (p.network <<= inet '127.0.0.0/8' OR p.network <<= inet '::1') IS NOT TRUE
  -- The check replication_access reports rules that are only for replication.
  AND p.database <> ARRAY['replication']
  AND NOT EXISTS (
      SELECT
      FROM unnest(string_to_array(unencrypted_access.trusted, ',')) AS t (network)
      WHERE btrim(t.network) <> ''
        AND p.network <<= CAST(btrim(t.network) AS inet))
ORDER BY p.auth_method IN ('ldap', 'pam', 'radius', 'bsd', 'oauth') DESC, p.rule_number
