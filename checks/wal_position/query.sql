SELECT CAST(CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                 ELSE pg_current_wal_insert_lsn()
            END - pg_lsn '0/0' AS bigint) AS written
