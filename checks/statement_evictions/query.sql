SELECT i.dealloc AS evicted,
       CAST(extract(epoch FROM clock_timestamp() - i.stats_reset) AS double precision) AS since_reset
FROM @extschema@.pg_stat_statements_info() AS i
