SELECT CAST(s.received - pg_lsn '0/0' AS bigint) AS received,
       CAST(s.replayed - pg_lsn '0/0' AS bigint) AS replayed,
       CAST(greatest(s.received - s.replayed, 0) AS bigint) AS waiting,
       CAST(extract(epoch FROM clock_timestamp() - s.committed) AS double precision) AS since_commit,
       CAST(s.timeline AS bigint) AS timeline,
       s.pause AS pause
FROM (
    -- What was received is read before what is replayed, so that WAL which arrives in between does not count.
    SELECT pg_last_wal_receive_lsn() AS received,
           pg_last_wal_replay_lsn() AS replayed,
           pg_last_xact_replay_timestamp() AS committed,
           coalesce(w.received_tli, c.timeline_id) AS timeline,
           -- If the server was promoted since the start of the query, the function raises an error.
           CASE WHEN pg_is_in_recovery()
                THEN CASE WHEN pg_is_wal_replay_paused() THEN 'paused' ELSE 'not paused' END
           END AS pause
    FROM pg_control_checkpoint() AS c
    LEFT JOIN pg_stat_wal_receiver AS w ON true
    WHERE pg_is_in_recovery()
    OFFSET 0
) AS s
