WITH setting AS MATERIALIZED (
    SELECT s.name, s.setting, s.unit
    FROM pg_settings AS s
    WHERE s.name IN ('autovacuum', 'track_counts', 'autovacuum_naptime', 'autovacuum_vacuum_scale_factor',
                     'autovacuum_analyze_scale_factor', 'autovacuum_vacuum_cost_delay', 'autovacuum_vacuum_cost_limit',
                     'vacuum_cost_delay', 'vacuum_cost_limit', 'vacuum_cost_page_dirty', 'block_size')
), cost AS (
    -- The value -1 means that the setting for VACUUM counts. Without a delay, the rate is not limited.
    SELECT v.block * v.most / nullif(v.page, float8 '0') / nullif(v.delay, float8 '0') * 1000 AS write_rate
    FROM (
        SELECT coalesce(max(CASE WHEN s.name = 'autovacuum_vacuum_cost_delay'
                                 THEN nullif(CAST(s.setting AS float8), float8 '-1') END),
                        max(CASE WHEN s.name = 'vacuum_cost_delay' THEN CAST(s.setting AS float8) END)) AS delay,
               coalesce(max(CASE WHEN s.name = 'autovacuum_vacuum_cost_limit'
                                 THEN nullif(CAST(s.setting AS float8), float8 '-1') END),
                        max(CASE WHEN s.name = 'vacuum_cost_limit' THEN CAST(s.setting AS float8) END)) AS most,
               max(CASE WHEN s.name = 'vacuum_cost_page_dirty' THEN CAST(s.setting AS float8) END) AS page,
               max(CASE WHEN s.name = 'block_size' THEN CAST(s.setting AS float8) END) AS block
        FROM setting AS s
    ) AS v
)
SELECT w.name AS setting,
       w.setting || coalesce(' ' || w.unit, '') AS value,
       w.write_rate AS write_rate
FROM (
    SELECT s.name, s.setting, s.unit, CAST(NULL AS float8) AS write_rate,
           CASE s.name WHEN 'autovacuum' THEN 1 WHEN 'track_counts' THEN 2 ELSE 3 END AS rank
    FROM setting AS s
    WHERE CASE s.name
              WHEN 'autovacuum' THEN s.setting = 'off'
              WHEN 'track_counts' THEN s.setting = 'off'
              WHEN 'autovacuum_naptime' THEN CAST(s.setting AS float8) > float8 '3600'
              WHEN 'autovacuum_vacuum_scale_factor' THEN CAST(s.setting AS float8) >= float8 '1'
              WHEN 'autovacuum_analyze_scale_factor' THEN CAST(s.setting AS float8) >= float8 '1'
              ELSE false
          END
    UNION ALL
    SELECT s.name, s.setting, s.unit, c.write_rate, 3
    FROM cost AS c
    JOIN setting AS s ON s.name = 'autovacuum_vacuum_cost_delay'
    WHERE c.write_rate < float8 '1048576'
) AS w
ORDER BY w.rank, w.name
