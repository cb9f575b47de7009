SELECT s.slot_name AS slot,
       coalesce(s.wal_status <> 'lost', true) AS usable,
       -- What the slot keeps and what it may still keep are together what the setting allows.
       CASE WHEN p.kept + s.safe_wal_size > 0 THEN 100.0 * p.kept / (p.kept + s.safe_wal_size) END AS used,
       CASE WHEN p.kept IS NOT NULL THEN s.safe_wal_size END AS safe,
       s.wal_status AS state,
       CASE WHEN s.wal_status = 'lost' THEN 'wal_removed' END AS reason
FROM pg_replication_slots AS s
CROSS JOIN LATERAL (
    -- A slot that was never used keeps no WAL, and its size has no meaning. Standbys do not compute the size.
    SELECT CASE WHEN s.restart_lsn IS NOT NULL AND s.wal_status <> 'lost' AND NOT pg_is_in_recovery()
                THEN CAST(greatest(pg_current_wal_lsn() - s.restart_lsn, 0) AS double precision)
           END AS kept
) AS p
-- A temporary slot ends with its session, which reports the error.
WHERE NOT s.temporary
