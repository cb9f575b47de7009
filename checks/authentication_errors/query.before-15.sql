WITH wrong AS (
    SELECT r.line_number,
           -- With a type, the line was read, but needs TLS or GSSAPI, which the server does not have.
           CASE WHEN r.type IS NULL THEN 'hba' ELSE 'unusable' END AS rule
    FROM pg_hba_file_rules AS r
    WHERE r.error IS NOT NULL
)
SELECT concat('pg_hba.conf:', w.line_number) AS place,
       w.rule AS rule,
       count(*) OVER (PARTITION BY w.rule) AS lines
FROM wrong AS w
ORDER BY w.rule, w.line_number
LIMIT 100
