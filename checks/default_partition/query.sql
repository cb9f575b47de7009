WITH RECURSIVE part AS (
    SELECT p.partrelid, p.partdefid, p.partdefid AS oid
    FROM pg_partitioned_table AS p
    WHERE p.partdefid <> oid '0'
      AND p.partstrat = 'r'
    UNION ALL
    -- A default partition can have partitions.
    SELECT d.partrelid, d.partdefid, h.inhrelid
    FROM part AS d
    JOIN pg_inherits AS h ON h.inhparent = d.oid
)
SELECT CAST(CAST(d.partdefid AS regclass) AS text) AS partition,
       CAST(sum(CASE WHEN c.relkind <> 'r' THEN bigint '0'
                     -- A crash resets the statistics. Without any, the last vacuum or analyze knows the number of rows.
                     WHEN pg_stat_get_live_tuples(c.oid) = 0
                          AND pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_deleted(c.oid) = 0
                          AND pg_stat_get_last_analyze_time(c.oid) IS NULL
                          AND pg_stat_get_last_autoanalyze_time(c.oid) IS NULL
                          AND pg_stat_get_last_vacuum_time(c.oid) IS NULL
                          AND pg_stat_get_last_autovacuum_time(c.oid) IS NULL
                     THEN CAST(greatest(c.reltuples, real '0') AS bigint)
                     ELSE pg_stat_get_live_tuples(c.oid)
                END) AS bigint) AS rows,
       CAST(CAST(d.partrelid AS regclass) AS text) AS "table"
FROM part AS d
JOIN pg_class AS c ON c.oid = d.oid
GROUP BY d.partrelid, d.partdefid
