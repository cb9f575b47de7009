WITH server AS MATERIALIZED (
    SELECT CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                ELSE pg_current_wal_flush_lsn()
           END AS position
)
SELECT CASE WHEN o.is_on THEN s.summarizer_pid IS NOT NULL END AS running,
       -- The process reads WAL at once, and writes the summary up to the next checkpoint.
       CASE WHEN o.is_on AND s.summarized_lsn > '0/0'
            THEN CAST(greatest(v.position - greatest(s.summarized_lsn, s.pending_lsn), 0) AS bigint)
       END AS behind,
       CASE WHEN o.is_on AND s.summarized_lsn > '0/0'
            THEN CAST(greatest(v.position - s.summarized_lsn, 0) AS bigint)
       END AS unsummarized
FROM server AS v
CROSS JOIN (SELECT CAST(current_setting('summarize_wal') AS boolean) AS is_on) AS o
CROSS JOIN pg_get_wal_summarizer_state() AS s
