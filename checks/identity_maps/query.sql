WITH parsed AS MATERIALIZED (
    SELECT m.file_name, m.line_number, m.map_name, m.sys_name, m.pg_username,
           CASE WHEN left(m.sys_name, 1) <> '/' THEN 'one'
                -- An expression that matches three names without a common character matches every name.
                WHEN 'Zz_9' COLLATE "C" ~ substr(m.sys_name, 2)
                     AND 'x.y@site.invalid' COLLATE "C" ~ substr(m.sys_name, 2)
                     AND 'CN=Q W,O=K' COLLATE "C" ~ substr(m.sys_name, 2) THEN 'every'
                ELSE 'some'
           END AS users,
           CASE WHEN m.pg_username = 'all' THEN 'any'
                WHEN left(m.pg_username, 1) = '+' THEN 'member'
                WHEN left(m.pg_username, 1) = '/' THEN
                    CASE WHEN 'Zz_9' COLLATE "C" ~ substr(m.pg_username, 2)
                              AND 'x.y@site.invalid' COLLATE "C" ~ substr(m.pg_username, 2)
                              AND 'CN=Q W,O=K' COLLATE "C" ~ substr(m.pg_username, 2) THEN 'any'
                         ELSE 'member'
                    END
                -- The role has a part of the user's own name.
                WHEN left(m.sys_name, 1) = '/' AND strpos(m.pg_username, '\1') > 0 THEN 'own'
                ELSE 'role'
           END AS target
    FROM pg_ident_file_mappings AS m
    WHERE m.error IS NULL
), judged AS (
    SELECT p.file_name, p.line_number, p.users, p.target,
           left(concat_ws(' ', p.map_name, p.sys_name, p.pg_username), 240) AS entry,
           CASE WHEN p.target = 'own' THEN NULL
                WHEN p.users = 'every' OR p.target = 'any' AND p.users = 'some' THEN 'error'
                WHEN p.target = 'any' OR p.target = 'member' AND p.users = 'some' THEN 'warning'
                WHEN p.target = 'member' THEN 'notice'
           END AS severity
    FROM parsed AS p
)
SELECT j.entry,
       j.users,
       j.target,
       j.severity,
       j.file_name AS file,
       j.line_number AS line
FROM judged AS j
WHERE j.severity IS NOT NULL
ORDER BY CASE j.severity WHEN 'error' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END, j.file_name, j.line_number
