WITH file AS MATERIALIZED (
    -- The last line of a setting counts. A session of posemo sets some of the timeouts, so it cannot ask for their values.
    SELECT DISTINCT ON (lower(f.name)) lower(f.name) AS name, f.setting !~ '^[ ]*0*([.]0*)?[ ]*[a-z]*[ ]*$' AS limited
    FROM pg_show_all_file_settings() AS f
    WHERE f.error IS NULL
    ORDER BY lower(f.name), f.seqno DESC
), exception AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE EXISTS (
               SELECT FROM unnest(d.setconfig) AS o WHERE o LIKE 'statement_timeout=%')) AS statement,
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM unnest(d.setconfig) AS o WHERE o LIKE 'lock_timeout=%')) AS lock,
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM unnest(d.setconfig) AS o WHERE o LIKE 'idle_in_transaction_session_timeout=%')) AS idle_in_transaction,
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM unnest(d.setconfig) AS o WHERE o LIKE 'idle_session_timeout=%')) AS idle,
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM unnest(d.setconfig) AS o WHERE o LIKE 'transaction_timeout=%')) AS transaction
    FROM pg_db_role_setting AS d
    WHERE d.setrole <> CAST(session_user AS regrole)
)
SELECT w.name AS setting,
       w.exceptions AS exceptions
FROM exception AS e
CROSS JOIN LATERAL (VALUES ('statement_timeout', e.statement),
                           ('lock_timeout', e.lock),
                           ('idle_in_transaction_session_timeout', e.idle_in_transaction),
                           ('idle_session_timeout', e.idle),
                           ('transaction_timeout', e.transaction)) AS w (name, exceptions)
LEFT JOIN file AS f ON f.name = w.name
WHERE NOT coalesce(f.limited, false)
  -- Older servers do not have all of them.
  AND EXISTS (SELECT FROM pg_show_all_settings() AS s WHERE s.name = w.name)
ORDER BY 1
