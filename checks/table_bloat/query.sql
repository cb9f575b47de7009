WITH largest AS MATERIALIZED (
    SELECT c.oid, c.relpages, c.reltuples, c.reloptions, c.relnatts
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'm')
      AND c.relpersistence <> 't'
      AND c.relpages > 0
    ORDER BY c.relpages DESC, c.oid
    LIMIT 500
), placed AS (
    -- The mean width of each column, and where it begins. A type of fixed length begins at a multiple of its alignment.
    SELECT l.oid, s.stanullfrac,
           CASE WHEN s.starelid IS NOT NULL
                THEN (float8 '1' - s.stanullfrac) * s.stawidth END AS width,
           CASE WHEN a.attlen > 1
                THEN CASE a.attalign WHEN 's' THEN 2 WHEN 'i' THEN 4 WHEN 'd' THEN 8 ELSE 1 END
                ELSE 1
           END AS alignment,
           sum(s.stawidth) OVER (PARTITION BY l.oid ORDER BY a.attnum ROWS UNBOUNDED PRECEDING) - s.stawidth AS begins
    FROM largest AS l
    JOIN pg_attribute AS a ON a.attrelid = l.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_statistic AS s ON s.starelid = a.attrelid AND s.staattnum = a.attnum AND NOT s.stainherit
), wide AS MATERIALIZED (
    SELECT p.oid,
           count(*) AS columns,
           count(p.width) AS known,
           bool_or(p.stanullfrac > real '0') AS nulls,
           sum(p.width + (p.alignment - p.begins % p.alignment) % p.alignment) AS width
    FROM placed AS p
    GROUP BY p.oid
), packed AS (
    SELECT l.oid, l.relpages,
           -- The estimate needs statistics of each column that are not older than a tenth of the rows.
           CASE WHEN w.known = w.columns
                 AND l.reltuples >= real '0'
                 AND pg_stat_get_mod_since_analyze(l.oid)
                     <= greatest(CAST(l.reltuples AS float8), CAST(pg_stat_get_live_tuples(l.oid) AS float8)) / 10
                THEN ceil(l.reltuples / greatest(floor(
                         -- A page has a header of 24 bytes.
                         (b.block - 24) * coalesce(o.fillfactor, float8 '100') / 100
                         -- A row has a pointer of 4 bytes, a header of 23 bytes, with a bit for each column if one is
                         -- NULL, and its values. Header and values end at a multiple of 8.
                         / (4 + 8 * ceil((23 + CASE WHEN w.nulls OR w.columns < l.relnatts
                                                    THEN ceil(l.relnatts / float8 '8') ELSE 0 END) / 8)
                              + 8 * ceil(w.width / 8))), float8 '1'))
           END AS needed,
           b.block
    FROM largest AS l
    JOIN wide AS w ON w.oid = l.oid
    CROSS JOIN (SELECT CAST(current_setting('block_size') AS float8) AS block) AS b
    LEFT JOIN LATERAL (
        SELECT max(CASE WHEN x.option_name = 'fillfactor' THEN CAST(x.option_value AS float8) END) AS fillfactor
        FROM pg_options_to_table(l.reloptions) AS x
    ) AS o ON l.reloptions IS NOT NULL
)
SELECT CAST(CAST(s.oid AS regclass) AS text) AS "table",
       CASE WHEN s.wasted >= greatest(table_bloat.minimum, bigint '0')
            THEN float8 '100' * s.wasted / (s.relpages * s.block) END AS share,
       CAST(s.wasted AS bigint) AS wasted,
       CAST(s.relpages * s.block AS bigint) AS size
FROM (
    SELECT p.oid, p.relpages, p.block,
           CASE WHEN p.needed IS NOT NULL THEN greatest(p.relpages - p.needed, float8 '0') * p.block END AS wasted
    FROM packed AS p
) AS s
ORDER BY s.wasted DESC NULLS LAST, s.relpages DESC, s.oid
LIMIT 50
