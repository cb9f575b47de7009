SELECT d.datname AS database,
       e.subname AS subscription,
       e.apply_error_count AS apply_errors,
       e.sync_error_count AS table_errors,
       CAST(NULL AS bigint) AS sequence_errors
FROM pg_stat_subscription_stats AS e
JOIN pg_subscription AS s ON s.oid = e.subid
JOIN pg_database AS d ON d.oid = s.subdbid
