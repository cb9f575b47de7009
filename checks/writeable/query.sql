-- The message is part of the transaction: its commit flushes WAL and waits for synchronous standbys, as that of a row.
SELECT mode.writeable,
       CASE WHEN mode.writeable THEN pg_logical_emit_message(true, 'posemo', '') END AS position,
       CASE WHEN NOT mode.writeable THEN (
         SELECT format('default_transaction_read_only is %s, set by: %s', s.setting, s.source)
         FROM pg_settings AS s
         WHERE s.name = 'default_transaction_read_only') END AS reason,
       CAST(NULL AS double precision) AS commit
FROM (
  SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS writeable
) AS mode
