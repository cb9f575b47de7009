SELECT CASE WHEN btrim(settings_drift.expected) <> ''
            THEN s.digest = lower(btrim(settings_drift.expected))
       END AS as_expected,
       s.digest AS digest,
       s.configured AS configured
FROM (
    SELECT encode(sha256(convert_to(string_agg(concat(quote_ident(g.name), '=', quote_literal(g.reset_val)), ' '
                                               ORDER BY g.name COLLATE "C"), 'UTF8')), 'hex') AS digest,
           count(*) FILTER (WHERE g.source <> 'default') AS configured
    FROM pg_show_all_settings() AS g
    -- A session of posemo sets some itself, and its role and database can have values.
    WHERE g.source IN ('default', 'environment variable', 'configuration file', 'command line', 'global')
      -- What the server finds out or chooses at its start is not configuration.
      AND g.context <> 'internal'
      AND g.name NOT LIKE 'lc\_%'
      AND g.name NOT IN ('TimeZone', 'log_timezone', 'client_encoding', 'application_name', 'transaction_deferrable',
                         'transaction_isolation', 'transaction_read_only', 'is_superuser', 'session_authorization')
      AND NOT g.name = ANY (regexp_split_to_array(btrim(left(settings_drift.ignored, 4096)), '[ ]*,[ ]*'))
) AS s
