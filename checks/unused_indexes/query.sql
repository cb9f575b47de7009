WITH RECURSIVE since AS MATERIALIZED (
    -- A crash resets all statistics and leaves the time of the database as it was; that of the background writer is new.
    SELECT greatest(pg_stat_get_bgwriter_stat_reset_time(), pg_stat_get_db_stat_reset_time(d.oid)) AS time,
           CAST(current_setting('block_size') AS bigint) AS block
    FROM pg_database AS d
    WHERE d.datname = current_database()
), part AS MATERIALIZED (
    -- Each index, or each partitioned index with all its parts.
    SELECT i.indexrelid AS root, i.indexrelid AS oid
    FROM pg_index AS i
    JOIN pg_class AS x ON x.oid = i.indexrelid
    CROSS JOIN since AS s
    WHERE s.time <= now() - make_interval(days => least(greatest(unused_indexes.days, 0), 36500))
      AND i.indrelid >= oid '16384'
      AND NOT x.relispartition
      AND x.relpersistence <> 't'
      -- Small indexes are left out before anything is counted.
      AND (x.relkind = 'I' OR x.relpages * s.block >= unused_indexes.minimum)
      AND i.indisvalid
      -- An index that is unique, or that something refers to, is needed without a read.
      AND NOT (i.indisunique OR i.indisprimary OR i.indisexclusion OR i.indisreplident OR i.indisclustered)
    UNION ALL
    SELECT p.root, h.inhrelid
    FROM part AS p
    JOIN pg_inherits AS h ON h.inhparent = p.oid
), counted AS (
    SELECT p.root,
           sum(pg_stat_get_numscans(p.oid)) AS scans,
           CAST(sum(x.relpages) AS bigint) * s.block AS size,
           s.time
    FROM part AS p
    JOIN pg_class AS x ON x.oid = p.oid
    CROSS JOIN since AS s
    GROUP BY p.root, s.block, s.time
)
SELECT CAST(CAST(c.root AS regclass) AS text) AS index,
       c.size AS size,
       CAST(CAST(i.indrelid AS regclass) AS text) AS "table",
       c.time AS since
FROM counted AS c
JOIN pg_index AS i ON i.indexrelid = c.root
WHERE c.scans = 0
  AND c.size >= unused_indexes.minimum
