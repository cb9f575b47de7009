WITH setting AS MATERIALIZED (
    SELECT current_setting('archive_mode') = 'always'
           OR current_setting('archive_mode') = 'on' AND NOT pg_is_in_recovery() AS archives,
           extract(epoch FROM CAST(current_setting('archive_timeout') AS interval)) AS timeout,
           pg_size_bytes(current_setting('wal_segment_size')) AS segment,
           CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                ELSE pg_current_wal_lsn()
           END AS position
)
SELECT CASE WHEN s.archives AND s.timeout > 0
            THEN coalesce(CAST(extract(epoch FROM clock_timestamp() - w.oldest) / s.timeout AS double precision), 0)
       END AS overdue,
       -- The last 16 digits of a name are the number of the segment, in two parts: four GiB, and segments in these.
       CASE WHEN s.archives AND a.last_archived_wal ~ '^[0-9A-F]{24}$'
            THEN CAST(greatest(
                s.position - pg_lsn '0/0'
                - CAST(CAST(concat('x', substr(a.last_archived_wal, 9, 8)) AS bit(32)) AS bigint) * 4294967296
                - (CAST(CAST(concat('x', substr(a.last_archived_wal, 17, 8)) AS bit(32)) AS bigint) + 1) * s.segment,
                0) AS bigint)
       END AS unarchived,
       CASE WHEN s.archives
            THEN CAST(extract(epoch FROM clock_timestamp() - a.last_archived_time) AS double precision)
       END AS since_success
FROM setting AS s
CROSS JOIN pg_stat_archiver AS a
LEFT JOIN LATERAL (
    -- If no file waits, the archive has all that it can have: an idle server has nothing to archive.
    SELECT min(f.modification) AS oldest
    FROM pg_ls_archive_statusdir() AS f
    WHERE f.name LIKE '%.ready'
) AS w ON s.archives
