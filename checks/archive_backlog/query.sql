SELECT w.waiting AS waiting,
       w.size AS size,
       w.oldest AS oldest
FROM (SELECT 1) AS one
LEFT JOIN LATERAL (
    SELECT count(*) AS waiting,
           count(*) FILTER (WHERE f.name ~ '^[0-9A-F]{24}\.ready$')
           * pg_size_bytes(current_setting('wal_segment_size')) AS size,
           CAST(coalesce(extract(epoch FROM clock_timestamp() - min(f.modification)), 0)
                AS double precision) AS oldest
    FROM pg_ls_archive_statusdir() AS f
    WHERE f.name LIKE '%.ready'
) AS w ON current_setting('archive_mode') = 'always'
       OR current_setting('archive_mode') = 'on' AND NOT pg_is_in_recovery()
