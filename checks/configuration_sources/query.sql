WITH line AS MATERIALIZED (
    SELECT lower(f.name) AS name, f.sourcefile, f.sourceline, f.seqno, f.applied
    FROM pg_show_all_file_settings() AS f
    -- A line with an error is left to configuration_errors.
    WHERE f.name IS NOT NULL AND f.error IS NULL
), started AS (
    -- posemo's session sets some settings itself, and then the source is the client.
    SELECT lower(s.name) AS name, s.source
    FROM pg_show_all_settings() AS s
    WHERE s.source IN ('command line', 'environment variable')
      -- These have their place there.
      AND s.name NOT IN ('config_file', 'data_directory', 'hba_file', 'ident_file', 'external_pid_file',
                         'client_encoding')
), ignored AS (
    SELECT DISTINCT ON (i.name) i.name, i.sourcefile, i.sourceline
    FROM line AS i
    -- The command line overrides all lines; the server marks the last of them as applied nevertheless.
    WHERE NOT i.applied OR i.name IN (SELECT s.name FROM started AS s WHERE s.source = 'command line')
    ORDER BY i.name, i.seqno DESC
), setting AS (
    SELECT s.name,
           CASE s.source WHEN 'command line' THEN 'command_line' ELSE 'environment' END AS rule,
           CAST(NULL AS text) AS sourcefile, CAST(NULL AS integer) AS sourceline
    FROM started AS s
    UNION ALL
    SELECT l.name,
           CASE WHEN l.sourcefile ~ '(^|/)postgresql[.]auto[.]conf$' THEN 'alter_system' ELSE 'overridden_line' END,
           l.sourcefile, l.sourceline
    FROM line AS l
    WHERE l.applied AND l.name NOT IN (SELECT s.name FROM started AS s)
)
SELECT s.name AS setting,
       s.rule AS rule,
       s.sourcefile AS file,
       s.sourceline AS line,
       i.sourcefile AS other_file,
       i.sourceline AS other_line
FROM setting AS s
LEFT JOIN ignored AS i ON i.name = s.name
WHERE s.rule <> 'overridden_line' OR i.name IS NOT NULL
ORDER BY i.name IS NULL, s.rule = 'overridden_line', s.name
LIMIT 200
