SELECT CAST(w.size / CAST(l.size AS double precision) AS double precision) AS share,
       CAST(w.size AS bigint) AS size,
       w.segments AS segments,
       l.size AS limit
FROM (
    -- The directory also contains histories of timelines and backups, and files that are not complete.
    SELECT count(*) AS segments, coalesce(sum(f.size), 0) AS size
    FROM pg_ls_waldir() AS f
    WHERE f.name ~ '^[0-9A-F]{24}$'
) AS w
CROSS JOIN (
    -- Servers before 13 have wal_keep_segments.
    SELECT greatest(pg_size_bytes(current_setting('max_wal_size')), pg_size_bytes(current_setting('min_wal_size')))
           + coalesce(pg_size_bytes(current_setting('wal_keep_size', true)),
                      CAST(current_setting('wal_keep_segments', true) AS bigint)
                      * pg_size_bytes(current_setting('wal_segment_size'))) AS size
) AS l
