WITH parsed AS MATERIALIZED (
    SELECT m.line_number, m.map_name, m.sys_name, m.pg_username,
           -- An expression that matches three names without a common character matches every name.
           'Zz_9' COLLATE "C" ~ substr(m.sys_name, 2)
           AND 'x.y@site.invalid' COLLATE "C" ~ substr(m.sys_name, 2)
           AND 'CN=Q W,O=K' COLLATE "C" ~ substr(m.sys_name, 2) AS is_wide
    FROM pg_ident_file_mappings AS m
    -- Before 16, the name of the role is always the name of one role.
    WHERE m.error IS NULL
      AND left(m.sys_name, 1) = '/'
      AND strpos(m.pg_username, '\1') = 0
)
SELECT left(concat_ws(' ', p.map_name, p.sys_name, p.pg_username), 240) AS entry,
       'every' AS users,
       'role' AS target,
       'error' AS severity,
       CAST(NULL AS text) AS file,
       p.line_number AS line
FROM parsed AS p
WHERE p.is_wide
ORDER BY p.line_number
