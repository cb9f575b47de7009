SELECT l.locktype AS kind,
       l.waits AS waits,
       l.wait_time / 1000 AS waited,
       l.fastpath_exceeded AS fastpath_exceeded
FROM pg_stat_lock AS l
ORDER BY 3 DESC, 1
