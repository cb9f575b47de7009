WITH state AS MATERIALIZED (
    SELECT c.redo_lsn, c.redo_wal_file, c.checkpoint_time,
           pg_is_in_recovery() AS recovers,
           CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS position,
           pg_size_bytes(current_setting('wal_segment_size')) AS segment,
           extract(epoch FROM CAST(current_setting('checkpoint_timeout') AS interval)) AS timeout
    FROM pg_control_checkpoint() AS c
)
SELECT CASE WHEN s.recovers THEN NULL
            -- An idle server skips checkpoints, so the age of the last one has no meaning, and a switch to the next
            -- segment because of archive_timeout changes nothing. But when WAL has left that next segment, too, a
            -- checkpoint must follow.
            WHEN div(s.position - pg_lsn '0/0', s.segment) - div(s.redo_lsn - pg_lsn '0/0', s.segment) < 2 THEN 0
            ELSE CAST(extract(epoch FROM clock_timestamp() - n.modification) / s.timeout AS double precision)
       END AS overdue,
       CAST(extract(epoch FROM clock_timestamp() - s.checkpoint_time) AS double precision) AS age,
       CASE WHEN s.position > s.redo_lsn THEN CAST(s.position - s.redo_lsn AS bigint)
            WHEN s.position <= s.redo_lsn THEN 0
       END AS to_replay
FROM state AS s
LEFT JOIN LATERAL (
    -- The segment after that of the last checkpoint. Its last write is the time when WAL left it.
    SELECT f.modification
    FROM pg_ls_waldir() AS f
    WHERE f.name ~ '^[0-9A-F]{24}$'
      AND left(f.name, 8) = left(s.redo_wal_file, 8)
      AND f.name COLLATE "C" > s.redo_wal_file COLLATE "C"
    ORDER BY f.name COLLATE "C"
    LIMIT 1
) AS n ON NOT s.recovers
