WITH RECURSIVE setting AS MATERIALIZED (
    SELECT CAST(current_setting('autovacuum_analyze_threshold') AS float8) AS base,
           CAST(current_setting('autovacuum_analyze_scale_factor') AS float8) AS scale,
           CAST(current_setting('autovacuum') AS boolean)
               AND CAST(current_setting('track_counts') AS boolean) AS active,
           greatest(never_analyzed.minimum, bigint '1') AS minimum
), locked AS MATERIALIZED (
    -- pg_relation_size() opens a relation, and would wait for a session that holds or awaits this lock.
    SELECT l.relation
    FROM pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.mode = 'AccessExclusiveLock'
      AND (l.database = CAST('0' AS oid)
           OR l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
), candidate AS MATERIALIZED (
    SELECT c.oid, c.relkind, c.reltuples, c.reloptions,
           CASE WHEN c.reltuples > real '0' OR pg_stat_get_live_tuples(c.oid) > bigint '0'
                THEN greatest(CAST(c.reltuples AS bigint), pg_stat_get_live_tuples(c.oid))
                -- After pg_upgrade and after a crash, the server knows nothing about the table but its files.
                WHEN c.relpages = 0 AND c.oid NOT IN (SELECT l.relation FROM locked AS l)
                THEN pg_relation_size(c.oid) / 100
           END AS rows
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'm')
      AND c.relpersistence <> 't'
      AND NOT EXISTS (SELECT FROM pg_statistic AS s WHERE s.starelid = c.oid)
    OFFSET 0
), tree AS (
    -- The statistics of a partitioned table are about all its partitions. pg_partition_tree() would wait for their
    -- locks.
    SELECT c.oid AS root, c.oid AS relation
    FROM pg_class AS c
    WHERE c.relkind = 'p'
      AND NOT EXISTS (SELECT FROM pg_statistic AS s WHERE s.starelid = c.oid)
    UNION ALL
    SELECT t.root, i.inhrelid
    FROM tree AS t
    JOIN pg_inherits AS i ON i.inhparent = t.relation
), parent AS (
    SELECT t.root AS oid,
           sum(greatest(CAST(c.reltuples AS float8), CAST(pg_stat_get_live_tuples(c.oid) AS float8), float8 '0'))
               AS rows
    FROM tree AS t
    JOIN pg_class AS c ON c.oid = t.relation AND c.relkind = 'r'
    GROUP BY t.root
)
SELECT CAST(CAST(w.oid AS regclass) AS text) AS "table",
       w.automatic AS automatic,
       w.rows AS rows,
       w.changed AS changed
FROM (
    SELECT k.oid,
           CASE WHEN s.active
                THEN coalesce(o.enabled, true)
                     AND pg_stat_get_mod_since_analyze(k.oid)
                         > coalesce(o.base, s.base)
                           + coalesce(o.scale, s.scale) * greatest(CAST(k.reltuples AS float8), float8 '0')
           END AS automatic,
           k.rows,
           pg_stat_get_mod_since_analyze(k.oid) AS changed
    FROM candidate AS k
    CROSS JOIN setting AS s
    LEFT JOIN LATERAL (
        SELECT max(CASE WHEN x.option_name = 'autovacuum_analyze_threshold'
                        THEN CAST(x.option_value AS float8) END) AS base,
               max(CASE WHEN x.option_name = 'autovacuum_analyze_scale_factor'
                        THEN CAST(x.option_value AS float8) END) AS scale,
               bool_and(CASE WHEN x.option_name = 'autovacuum_enabled'
                             THEN CAST(x.option_value AS boolean) END) AS enabled
        FROM pg_options_to_table(k.reloptions) AS x
    ) AS o ON k.reloptions IS NOT NULL
    WHERE k.rows >= s.minimum
    UNION ALL
    SELECT p.oid, CAST(NULL AS boolean), CAST(p.rows AS bigint), CAST(NULL AS bigint)
    FROM parent AS p
    CROSS JOIN setting AS s
    WHERE p.rows >= CAST(s.minimum AS float8)
) AS w
-- A column can be left out of the statistics.
WHERE EXISTS (
    SELECT FROM pg_attribute AS a
    WHERE a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped AND coalesce(a.attstattarget, -1) <> 0)
