WITH server AS MATERIALIZED (
    SELECT CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                ELSE pg_current_wal_lsn()
           END AS position,
           CAST(pg_size_bytes(current_setting('max_wal_size')) AS double precision) AS limit
)
SELECT s.slot_name AS slot,
       CAST(k.kept / v.limit AS double precision) AS over_limit,
       CAST(k.kept AS bigint) AS kept,
       CASE WHEN s.confirmed_flush_lsn IS NOT NULL AND k.kept IS NOT NULL
            THEN CAST(greatest(v.position - s.confirmed_flush_lsn, 0) AS bigint)
       END AS unconfirmed,
       s.active AS active,
       s.slot_type AS kind
FROM pg_replication_slots AS s
CROSS JOIN server AS v
CROSS JOIN LATERAL (
    -- The server keeps no WAL for a slot that it has invalidated.
    SELECT CASE WHEN s.restart_lsn IS NOT NULL AND s.wal_status IS DISTINCT FROM 'lost'
                THEN greatest(v.position - s.restart_lsn, 0)
           END AS kept
) AS k
