WITH largest AS MATERIALIZED (
    SELECT c.oid, c.relpages, c.reltuples, c.reloptions, i.indrelid, i.indkey, i.indisunique
    FROM pg_class AS c
    JOIN pg_index AS i ON i.indexrelid = c.oid
    JOIN pg_am AS m ON m.oid = c.relam
    WHERE c.relkind = 'i'
      AND c.relpersistence <> 't'
      AND c.relpages > 1
      AND m.amname = 'btree'
      AND i.indisvalid
    ORDER BY c.relpages DESC, c.oid
    LIMIT 500
), wide AS MATERIALIZED (
    -- The mean width of the columns of an index. The planner keeps statistics of an expression under the index itself.
    SELECT l.oid,
           count(*) AS columns,
           count(s.starelid) AS known,
           bool_or(s.stanullfrac > real '0') AS nulls,
           sum((float8 '1' - s.stanullfrac) * s.stawidth) AS width
    FROM largest AS l
    JOIN pg_attribute AS a ON a.attrelid = l.oid AND a.attnum > 0
    LEFT JOIN pg_statistic AS s
        ON s.starelid = CASE WHEN l.indkey[a.attnum - 1] = 0 THEN l.oid ELSE l.indrelid END
       AND s.staattnum = CASE WHEN l.indkey[a.attnum - 1] = 0 THEN a.attnum ELSE l.indkey[a.attnum - 1] END
       AND NOT s.stainherit
    GROUP BY l.oid
), packed AS (
    SELECT l.oid, l.indrelid, l.relpages, b.block,
           -- From 13 on, a B-tree that is not unique keeps equal entries once, so their number does not show their
           -- space. The estimate also needs statistics of each column that are not older than a tenth of the rows.
           CASE WHEN w.known = w.columns
                 AND l.reltuples >= real '0'
                 AND (l.indisunique OR NOT coalesce(o.deduplicated, b.deduplicates))
                 AND pg_stat_get_mod_since_analyze(l.indrelid)
                     <= greatest(CAST(t.reltuples AS float8), CAST(pg_stat_get_live_tuples(l.indrelid) AS float8)) / 10
                -- The first page describes the index, and another one in a hundred is above the leaves.
                THEN float8 '1' + ceil(float8 '1.01' * l.reltuples / greatest(floor(
                         -- A page has a header of 24 bytes, and 16 bytes at its end.
                         (b.block - 40) * coalesce(o.fillfactor, float8 '90') / 100
                         -- An entry has a pointer of 4 bytes, a header of 8 bytes, 8 more if a value is NULL, and its
                         -- values. It ends at a multiple of 8.
                         / (4 + 8 + CASE WHEN w.nulls THEN 8 ELSE 0 END + 8 * ceil(w.width / 8))), float8 '1'))
           END AS needed
    FROM largest AS l
    JOIN wide AS w ON w.oid = l.oid
    JOIN pg_class AS t ON t.oid = l.indrelid
    CROSS JOIN (
        SELECT CAST(current_setting('block_size') AS float8) AS block,
               CAST(current_setting('server_version_num') AS integer) >= 130000 AS deduplicates
    ) AS b
    LEFT JOIN LATERAL (
        SELECT max(CASE WHEN x.option_name = 'fillfactor' THEN CAST(x.option_value AS float8) END) AS fillfactor,
               bool_and(CASE WHEN x.option_name = 'deduplicate_items'
                             THEN CAST(x.option_value AS boolean) END) AS deduplicated
        FROM pg_options_to_table(l.reloptions) AS x
    ) AS o ON l.reloptions IS NOT NULL
)
SELECT CAST(CAST(s.oid AS regclass) AS text) AS index,
       CASE WHEN s.wasted >= greatest(index_bloat.minimum, bigint '0')
            THEN float8 '100' * s.wasted / (s.relpages * s.block) END AS share,
       CAST(s.wasted AS bigint) AS wasted,
       CAST(s.relpages * s.block AS bigint) AS size,
       CAST(CAST(s.indrelid AS regclass) AS text) AS "table"
FROM (
    SELECT p.oid, p.indrelid, p.relpages, p.block,
           CASE WHEN p.needed IS NOT NULL THEN greatest(p.relpages - p.needed, float8 '0') * p.block END AS wasted
    FROM packed AS p
) AS s
ORDER BY s.wasted DESC NULLS LAST, s.relpages DESC, s.oid
LIMIT 50
