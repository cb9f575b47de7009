SELECT p.prefetch AS prefetched,
       p.hit AS hit,
       p.skip_init + p.skip_new + p.skip_fpw + p.skip_rep AS skipped,
       CAST(p.wal_distance AS bigint) AS wal_distance,
       CAST(p.block_distance AS bigint) AS block_distance,
       CAST(p.io_depth AS bigint) AS io_depth
FROM pg_stat_recovery_prefetch AS p
