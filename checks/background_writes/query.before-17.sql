SELECT b.buffers_checkpoint AS checkpointer,
       b.buffers_clean AS cleaner,
       b.maxwritten_clean AS cleaner_stops,
       b.buffers_backend AS backends,
       b.buffers_backend_fsync AS backend_fsyncs,
       b.buffers_alloc AS allocated
FROM pg_stat_bgwriter AS b
