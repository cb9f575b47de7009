SELECT s.slot_name AS slot,
       CASE WHEN s.active THEN 0
            ELSE CAST(extract(epoch FROM clock_timestamp() - s.inactive_since) AS double precision)
       END AS inactive,
       s.slot_type AS kind
FROM pg_replication_slots AS s
-- A slot that was never used holds nothing, and an invalid one holds nothing any more.
WHERE (s.restart_lsn IS NOT NULL OR s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL)
  AND s.invalidation_reason IS NULL
  AND s.wal_status IS DISTINCT FROM 'lost'
  AND NOT s.temporary
  -- No program uses a synchronized slot before a failover.
  AND NOT (s.synced AND pg_is_in_recovery())
