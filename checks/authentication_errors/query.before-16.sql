WITH wrong AS (
    SELECT 'pg_hba.conf' AS file_name, r.line_number,
           -- With a type, the line was read, but needs TLS or GSSAPI, which the server does not have.
           CASE WHEN r.type IS NULL THEN 'hba' ELSE 'unusable' END AS rule
    FROM pg_hba_file_rules AS r
    WHERE r.error IS NOT NULL
    UNION ALL
    SELECT 'pg_ident.conf', m.line_number, 'ident'
    FROM pg_ident_file_mappings AS m
    WHERE m.error IS NOT NULL
)
SELECT concat(w.file_name, ':', w.line_number) AS place,
       w.rule AS rule,
       count(*) OVER (PARTITION BY w.rule) AS lines
FROM wrong AS w
ORDER BY CASE w.rule WHEN 'hba' THEN 1 WHEN 'ident' THEN 2 ELSE 3 END, w.file_name, w.line_number
LIMIT 100
