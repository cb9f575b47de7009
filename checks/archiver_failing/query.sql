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
       a.last_failed_wal AS failed_file
FROM pg_stat_archiver AS a
