select pg_last_wal_replay_lsn()::text as tag_position, 1 as replays
