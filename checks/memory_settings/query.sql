SELECT s.name AS setting,
       CASE WHEN s.reset_val NOT LIKE '-%'
            THEN CAST(s.reset_val AS bigint)
                 * CASE s.unit WHEN 'B' THEN bigint '1'
                               WHEN 'kB' THEN bigint '1024'
                               WHEN 'MB' THEN bigint '1048576'
                               -- Blocks, such as 8kB.
                               ELSE CAST(current_setting('block_size') AS bigint)
                   END
       END AS value
FROM pg_show_all_settings() AS s
-- wal_buffers and shared_buffers are in blocks; PostgreSQL builds with other sizes call them 16kB or 32kB.
WHERE s.name IN ('autovacuum_work_mem', 'effective_cache_size', 'logical_decoding_work_mem', 'maintenance_work_mem',
                 'shared_buffers', 'temp_buffers', 'wal_buffers', 'work_mem')
