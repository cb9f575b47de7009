SELECT CAST(s.slot_name AS text) AS slot,
       s.spill_txns AS spilled_transactions,
       s.spill_bytes AS spilled,
       s.stream_txns AS streamed_transactions,
       s.stream_bytes AS streamed,
       s.total_txns AS sent_transactions,
       s.total_bytes AS sent,
       -- Servers before 19 do not have this column.
       CAST(to_jsonb(s) ->> 'mem_exceeded_count' AS bigint) AS memory_exceeded
FROM pg_stat_replication_slots AS s
