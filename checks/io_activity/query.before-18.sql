SELECT s.backend_type AS process,
       s.object AS object,
       s.context AS context,
       s.reads AS reads,
       s.reads * s.op_bytes AS read,
       s.read_time / float8 '1000' AS read_time,
       s.writes AS writes,
       s.writes * s.op_bytes AS written,
       s.write_time / float8 '1000' AS write_time,
       s.extends AS extends,
       s.extends * s.op_bytes AS extended,
       s.hits AS hits,
       s.evictions AS evictions,
       s.fsyncs AS fsyncs,
       s.fsync_time / float8 '1000' AS fsync_time
FROM pg_stat_io AS s
-- Many combinations occur on few servers.
WHERE coalesce(s.reads, 0) + coalesce(s.writes, 0) + coalesce(s.extends, 0) + coalesce(s.hits, 0)
      + coalesce(s.evictions, 0) + coalesce(s.fsyncs, 0) > 0
