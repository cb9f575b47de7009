SELECT CAST(c.datname AS text) AS database,
       c.confl_snapshot AS snapshot,
       c.confl_lock AS lock,
       c.confl_bufferpin AS bufferpin,
       c.confl_deadlock AS deadlock,
       c.confl_tablespace AS tablespace,
       c.confl_active_logicalslot AS logical_slot
FROM pg_stat_database_conflicts AS c
JOIN pg_database AS d ON d.oid = c.datid
WHERE NOT d.datistemplate
