SELECT w.wal_records AS records,
       w.wal_fpi AS full_pages,
       CAST(w.wal_bytes AS bigint) AS written,
       w.wal_buffers_full AS buffers_full,
       -- Servers before 19 do not have this column.
       CAST(to_jsonb(w) ->> 'wal_fpi_bytes' AS bigint) AS full_page_size
FROM pg_stat_wal AS w
