WITH state AS MATERIALIZED (
    -- The known position is read before the replayed position, so that WAL which arrives in between does not count as
    -- lag.
    SELECT coalesce(w.status = 'streaming', false) AS streams,
           greatest(pg_last_wal_receive_lsn(), w.latest_end_lsn) AS known,
           pg_last_wal_replay_lsn() AS replayed,
           -- The checkpoint in the control file of a standby is replayed. After a start there may be no replayed commit.
           CAST(extract(epoch FROM clock_timestamp()
                        - greatest(pg_last_xact_replay_timestamp(), c.checkpoint_time))
                AS double precision) AS age,
           -- If the server was promoted since the start of the query, the function raises an error.
           CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END AS paused,
           current_setting('primary_conninfo') <> '' AS has_primary,
           current_setting('restore_command') <> '' AS has_archive
    FROM (SELECT 1) AS one
    LEFT JOIN pg_stat_wal_receiver AS w ON true
    LEFT JOIN pg_control_checkpoint() AS c ON true
    WHERE pg_is_in_recovery()
)
SELECT CASE WHEN NOT s.streams THEN NULL
            -- If all WAL is replayed, the age has no meaning.
            WHEN s.replayed >= s.known THEN 0
            ELSE greatest(s.age, 0)
       END AS lag,
       CASE WHEN s.streams
            THEN CAST(greatest(pg_wal_lsn_diff(s.known, s.replayed), 0) AS bigint)
       END AS behind,
       CASE WHEN NOT s.streams THEN greatest(s.age, 0) END AS since_replay,
       CASE WHEN s.has_primary OR s.streams THEN s.streams END AS receiving,
       NOT s.paused AS replaying,
       CASE WHEN s.streams THEN 'stream'
            WHEN s.has_archive THEN 'archive'
            ELSE 'nowhere'
       END AS source
FROM state AS s
