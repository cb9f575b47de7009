WITH RECURSIVE parsed AS MATERIALIZED (
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
        WHERE r.type <> 'local' AND r.error IS NULL) AS h
), superuser AS MATERIALIZED (
    SELECT r.oid, CAST(r.rolname AS text) AS name
    FROM pg_roles AS r
    WHERE r.rolsuper AND r.rolcanlogin
      AND NOT CAST(r.rolname AS text)
              = ANY (regexp_split_to_array(btrim(coalesce(superuser_access.allowed, '')), '[ ]*,[ ]*'))
), belongs AS (
    -- In a rule, a superuser is a member only of the roles that were granted, in whatever form, and of itself.
    SELECT s.oid AS role, s.oid AS granted
    FROM superuser AS s
    UNION
    SELECT b.role, m.roleid
    FROM belongs AS b
    JOIN pg_auth_members AS m ON m.member = b.granted
), member AS MATERIALIZED (
    SELECT b.role, array_agg(CAST(g.rolname AS text)) AS names
    FROM belongs AS b
    JOIN pg_roles AS g ON g.oid = b.granted
    GROUP BY b.role
), matching AS MATERIALIZED (
    -- The rules whose roles include the superuser.
    SELECT s.oid AS role, s.name, m.names, p.rule_number, p.type, p.database,
           p.auth_method <> 'reject'
           AND lower(p.address) NOT IN ('localhost', 'samehost')
           AND (p.network <<= inet '127.0.0.0/8' OR p.network <<= inet '::1') IS NOT TRUE AS is_open
    FROM superuser AS s
    JOIN member AS m ON m.role = s.oid
    JOIN parsed AS p
      ON p.user_name && ARRAY['all', s.name]
      OR EXISTS (
          SELECT
          FROM unnest(p.user_name) AS u (name)
          WHERE CASE left(u.name, 1)
                     WHEN '+' THEN substr(u.name, 2) = ANY (m.names)
                     -- From 16 on, an expression, also in quotes.
                     WHEN '/' THEN CASE WHEN CAST(current_setting('server_version_num') AS integer) >= 160000
                                        THEN s.name COLLATE "C" ~ substr(u.name, 2) END
                END)
), part AS MATERIALIZED (
    -- The addresses of a rule in IPv4 and in IPv6: a network, or a name, which can have addresses of both.
    SELECT p.rule_number, f.family, p.database,
           CASE WHEN p.address = 'all' THEN f.everything ELSE network(p.network) END AS network,
           concat_ws(' ', p.address, p.netmask) AS name
    FROM parsed AS p
    JOIN (VALUES (4, inet '0.0.0.0/0'), (6, inet '::/0')) AS f (family, everything)
      ON p.network IS NULL OR family(p.network) = f.family
), earlier AS MATERIALIZED (
    -- The earlier rules that match all addresses of a rule, and can match one of its databases.
    SELECT a.rule_number, a.family, e.rule_number AS earlier
    FROM part AS a
    JOIN part AS e ON e.family = a.family AND e.rule_number < a.rule_number
    WHERE (a.network <<= e.network OR masklen(e.network) = 0 OR e.name = a.name)
      AND (e.database && (a.database || ARRAY['all', 'sameuser', 'samerole', 'samegroup'])
           OR a.database && ARRAY['sameuser', 'samerole', 'samegroup']
           OR array_to_string(e.database, ',') ~ '(^|,)/')
), kind AS (
    SELECT k.kind, k.types
    FROM (VALUES ('tls', ARRAY['host', 'hostssl', 'hostnogssenc']),
                 ('gssapi', ARRAY['host', 'hostnossl', 'hostgssenc']),
                 ('clear', ARRAY['host', 'hostnossl', 'hostnogssenc'])) AS k (kind, types)
    WHERE k.kind <> 'tls' OR current_setting('ssl') = 'on'
), access AS MATERIALIZED (
    -- What each rule for the superuser allows, without regard to earlier rules.
    SELECT x.role, x.name, x.names, x.rule_number, k.kind, k.types, a.family, d.target
    FROM matching AS x
    JOIN kind AS k ON x.type = ANY (k.types)
    JOIN part AS a ON a.rule_number = x.rule_number
    CROSS JOIN LATERAL (
        SELECT DISTINCT CASE t.name WHEN 'sameuser' THEN x.name
                                    WHEN 'samegroup' THEN 'samerole'
                                    ELSE t.name END AS target
        FROM unnest(x.database) AS t (name)) AS d
    WHERE x.is_open
      -- The check replication_access reports connections for replication.
      AND d.target <> 'replication'
      AND (d.target = 'all'
           OR left(d.target, 1) = '/'
           OR EXISTS (SELECT FROM pg_database AS b
                      WHERE b.datallowconn
                        AND (b.datname = d.target OR d.target = 'samerole' AND b.datname = ANY (x.names))))
), first AS (
    -- The first rule that matches decides, whatever its method is.
    SELECT c.role, c.name, c.rule_number, bool_or(c.kind = 'clear') AS clear_text
    FROM access AS c
    WHERE NOT EXISTS (
        SELECT
        FROM earlier AS o
        JOIN matching AS e ON e.rule_number = o.earlier
        WHERE o.rule_number = c.rule_number
          AND o.family = c.family
          AND e.role = c.role
          AND e.type = ANY (c.types)
          AND (e.database && ARRAY['all', c.target]
               OR c.target = c.name AND e.database @> ARRAY['sameuser']
               OR (c.target = 'samerole' OR c.target = ANY (c.names)) AND e.database && ARRAY['samerole', 'samegroup']
               OR c.target NOT IN ('all', 'samerole') AND left(c.target, 1) <> '/'
                  AND EXISTS (
                      SELECT
                      FROM unnest(e.database) AS d (name)
                      WHERE CASE WHEN left(d.name, 1) = '/'
                                      AND CAST(current_setting('server_version_num') AS integer) >= 160000
                                 THEN c.target COLLATE "C" ~ substr(d.name, 2) END)))
    GROUP BY c.role, c.name, c.rule_number
), worst AS (
    SELECT f.role, f.name, f.clear_text, f.rule_number,
           count(*) OVER (PARTITION BY f.role) AS rules,
           row_number() OVER (PARTITION BY f.role ORDER BY f.clear_text DESC, f.rule_number) AS place
    FROM first AS f
)
SELECT w.name AS name,
       w.clear_text AS clear_text,
       w.rules AS rules,
       left(concat_ws(' ', p.type, array_to_string(p.database, ','), array_to_string(p.user_name, ','),
                      coalesce(CAST(network(p.network) AS text), concat_ws(' ', p.address, p.netmask)),
                      p.auth_method), 240) AS entry,
       p.file_name AS file,
       p.line_number AS line
FROM worst AS w
JOIN parsed AS p ON p.rule_number = w.rule_number
WHERE w.place = 1
ORDER BY w.clear_text DESC, w.rules DESC, w.name
