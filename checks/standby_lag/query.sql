WITH sender AS MATERIALIZED (
    SELECT CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                ELSE pg_current_wal_flush_lsn()
           END AS position
)
-- Several connections of one name and address are one row with the worst values.
SELECT r.application_name AS application,
       host(r.client_addr) AS address,
       CAST(max(greatest(s.position - r.sent_lsn, 0)) FILTER (WHERE r.sent_lsn IS NOT NULL) AS bigint) AS sent,
       CAST(max(greatest(s.position - r.write_lsn, 0)) FILTER (WHERE r.write_lsn IS NOT NULL) AS bigint) AS written,
       CAST(max(greatest(s.position - r.flush_lsn, 0)) FILTER (WHERE r.flush_lsn IS NOT NULL) AS bigint) AS flushed,
       CAST(max(greatest(s.position - r.replay_lsn, 0)) FILTER (WHERE r.replay_lsn IS NOT NULL) AS bigint) AS replayed,
       CAST(extract(epoch FROM max(r.write_lag)) AS double precision) AS write_lag,
       -- A program that only receives WAL reports no such positions, and the server counts on without an end.
       CAST(extract(epoch FROM max(r.flush_lag) FILTER (WHERE r.flush_lsn IS NOT NULL)) AS double precision) AS flush_lag,
       CAST(extract(epoch FROM max(r.replay_lag) FILTER (WHERE r.replay_lsn IS NOT NULL)) AS double precision)
           AS replay_lag,
       string_agg(DISTINCT r.state, ', ') AS state,
       string_agg(DISTINCT r.sync_state, ', ') AS sync
FROM pg_stat_replication AS r
CROSS JOIN sender AS s
-- Base backups have other states, except for their stream of WAL. Logical replication has its own checks.
WHERE r.state IN ('streaming', 'catchup')
  AND r.application_name <> 'pg_basebackup'
  AND NOT EXISTS (
    SELECT FROM pg_replication_slots AS l WHERE l.active_pid = r.pid AND l.slot_type = 'logical')
GROUP BY r.application_name, r.client_addr
