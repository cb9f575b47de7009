SELECT s.database AS database,
       pg_stat_get_db_checksum_failures(s.oid) AS failures,
       CAST(extract(epoch FROM clock_timestamp() - pg_stat_get_db_checksum_last_failure(s.oid)) AS double precision)
           AS since_failure,
       current_setting('data_checksums') AS checksums
FROM (
    SELECT d.oid, CAST(d.datname AS text) AS database
    FROM pg_database AS d
    UNION ALL
    -- The statistics of the catalogs that all databases share have the number 0.
    SELECT CAST('0' AS oid), 'shared objects'
) AS s
