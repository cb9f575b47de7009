WITH state AS MATERIALIZED (
    -- The known position is read before the replayed position, so that WAL which arrives in between does not count as
    -- lag.
    SELECT coalesce(w.status = 'streaming', false) AS streams,
           greatest(pg_last_wal_receive_lsn(), w.latest_end_lsn) AS known,
           pg_last_wal_replay_lsn() AS replayed,
           -- The checkpoint in the control file of a standby is replayed. After a start there may be no replayed commit.
           -- A standby that replays with a delay is late when it exceeds the delay.
           CAST(extract(epoch FROM clock_timestamp()
                        - greatest(pg_last_xact_replay_timestamp(), c.checkpoint_time)
                        - CAST(current_setting('recovery_min_apply_delay') AS interval))
                AS double precision) AS age,
           -- Requests for an answer are due after half of the time-out, so that only a broken connection exceeds it.
           CASE WHEN w.status = 'streaming' AND CAST(current_setting('wal_receiver_timeout') AS interval) > interval '0'
                THEN CAST(extract(epoch FROM clock_timestamp() - w.last_msg_receipt_time
                                  - CAST(current_setting('wal_receiver_timeout') AS interval))
                          AS double precision)
           END AS overdue,
           a.wait_event = 'RecoveryApplyDelay' AS delays,
           -- Replay waits for a query on the standby, or is paused.
           coalesce(a.wait_event_type IN ('Lock', 'BufferPin') OR a.wait_event LIKE 'RecoveryConflict%'
                    OR a.wait_event = 'RecoveryPause', false) AS waits,
           -- If the server was promoted since the start of the query, the function raises an error.
           CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END AS paused,
           current_setting('primary_conninfo') <> '' AS has_primary,
           current_setting('restore_command') <> '' AS has_archive
    FROM (SELECT 1) AS one
    LEFT JOIN pg_stat_wal_receiver AS w ON true
    LEFT JOIN pg_control_checkpoint() AS c ON true
    LEFT JOIN pg_stat_get_activity(NULL) AS a ON a.backend_type = 'startup'
    WHERE pg_is_in_recovery()
), distance AS (
    SELECT s.*,
           CASE WHEN s.streams THEN greatest(pg_wal_lsn_diff(s.known, s.replayed), 0) END AS behind,
           pg_size_bytes(current_setting('wal_segment_size')) AS segment
    FROM state AS s
)
SELECT CASE WHEN NOT s.streams THEN NULL
            -- The age of the newest commit is the lag only if commits wait. While one transaction of the primary
            -- writes for a long time, its WAL is replayed at once and the age grows.
            WHEN s.behind = 0 OR s.delays THEN 0
            WHEN s.behind < s.segment AND NOT s.waits AND NOT s.paused THEN 0
            ELSE greatest(s.age, 0)
       END AS lag,
       CAST(s.behind AS bigint) AS behind,
       CASE WHEN NOT s.streams THEN greatest(s.age, 0) END AS since_replay,
       CASE WHEN s.overdue IS NOT NULL THEN greatest(s.overdue, 0) END AS overdue,
       CASE WHEN s.has_primary OR s.streams THEN s.streams END AS receiving,
       NOT s.paused AS replaying,
       CASE WHEN s.streams THEN 'stream'
            WHEN s.has_archive THEN 'archive'
            ELSE 'nowhere'
       END AS source
FROM distance AS s
