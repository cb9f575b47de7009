SELECT current_setting('archive_mode') AS archive_mode,
       pg_is_in_recovery() AS standby,
       -- Servers before 15 have no archive_library.
       current_setting('archive_mode') <> 'off'
           AND (current_setting('archive_command') <> ''
                OR coalesce(current_setting('archive_library', true), '') <> '') AS configured,
       a.archived_count AS archived,
       a.failed_count AS failed,
       CAST(extract(epoch FROM clock_timestamp() - a.last_archived_time) AS double precision) AS since_success,
       CAST(extract(epoch FROM clock_timestamp() - a.last_failed_time) AS double precision) AS since_failure,
       a.last_failed_wal AS failed_file,
       w.waiting AS waiting,
       w.oldest AS oldest_waiting
FROM pg_stat_archiver AS a
LEFT JOIN LATERAL (
    -- A file is marked as ready when the server has written the last byte of its WAL segment.
    SELECT count(*) AS waiting,
           CAST(coalesce(extract(epoch FROM clock_timestamp() - min(f.modification)), 0) AS double precision) AS oldest
    FROM pg_ls_archive_statusdir() AS f
    WHERE f.name LIKE '%.ready'
) AS w ON current_setting('archive_mode') = 'always'
       OR current_setting('archive_mode') = 'on' AND NOT pg_is_in_recovery()
