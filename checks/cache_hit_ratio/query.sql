SELECT CAST(d.datname AS text) AS database,
       CASE WHEN CAST(s.blks_hit AS numeric) + s.blks_read >= greatest(cache_hit_ratio.minimum, 1)
            THEN CAST(100.0 * s.blks_hit / (CAST(s.blks_hit AS numeric) + s.blks_read) AS double precision)
       END AS hit_ratio,
       s.blks_hit AS blocks_hit,
       s.blks_read AS blocks_read
FROM pg_stat_database AS s
JOIN pg_database AS d ON d.oid = s.datid
WHERE NOT d.datistemplate
ORDER BY hit_ratio NULLS LAST, database
