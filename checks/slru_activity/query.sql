SELECT s.name AS cache,
       s.blks_hit AS hits,
       s.blks_read AS reads,
       s.blks_written AS written,
       s.flushes AS flushes,
       s.truncates AS truncates
FROM pg_stat_slru AS s
