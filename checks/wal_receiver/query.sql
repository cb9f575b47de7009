SELECT CASE WHEN current_setting('primary_conninfo') <> '' OR w.pid IS NOT NULL
            THEN coalesce(w.status = 'streaming', false)
       END AS streaming,
       CASE WHEN w.status = 'streaming'
            THEN CAST(extract(epoch FROM clock_timestamp() - w.last_msg_receipt_time) AS double precision)
       END AS silent,
       CASE WHEN w.status = 'streaming' THEN w.received_tli END AS timeline,
       coalesce(w.status, 'none') AS status,
       CASE WHEN w.sender_host IS NOT NULL THEN concat_ws(':', w.sender_host, w.sender_port) END AS sender,
       w.slot_name AS slot
FROM (SELECT 1) AS one
LEFT JOIN pg_stat_wal_receiver AS w ON true
-- The server can be promoted while the query runs.
WHERE pg_is_in_recovery()
