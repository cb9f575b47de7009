WITH setting AS MATERIALIZED (
    SELECT CAST(current_setting('autovacuum_analyze_threshold') AS float8) AS base,
           CAST(current_setting('autovacuum_analyze_scale_factor') AS float8) AS scale,
           CAST(current_setting('autovacuum_naptime') AS interval) AS naptime
    -- Without autovacuum, no analyze is overdue: see autovacuum_settings.
    WHERE CAST(current_setting('autovacuum') AS boolean)
      AND CAST(current_setting('track_counts') AS boolean)
), candidate AS MATERIALIZED (
    -- Few tables have the minimum of changes; only these are looked at in detail. Autovacuum analyzes no other kinds of
    -- relations: TOAST tables never, partitioned tables through their partitions.
    SELECT c.oid, c.reltuples, c.relpages, c.reloptions,
           pg_stat_get_mod_since_analyze(c.oid) AS changed,
           greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) AS analyzed
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'm')
      AND c.relpersistence <> 't'
      AND pg_stat_get_mod_since_analyze(c.oid) >= greatest(analyze_backlog.minimum, bigint '1')
), weighed AS (
    SELECT k.oid, k.changed, k.analyzed,
           -- The options of the table, else the settings; and all rows, if the table was never counted.
           coalesce(o.base, s.base)
               + coalesce(o.scale, s.scale)
                 * CASE WHEN k.reltuples > real '0' OR k.relpages > 0
                        THEN greatest(CAST(k.reltuples AS float8), float8 '0')
                        ELSE CAST(pg_stat_get_live_tuples(k.oid) AS float8)
                   END AS due,
           coalesce(o.enabled, true) AS enabled
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
    -- Autovacuum visits each database once in this time. A table without any analyze was just loaded, or the statistics
    -- began anew: see never_analyzed.
    WHERE k.analyzed < clock_timestamp() - s.naptime * 5
)
SELECT CAST(CAST(w.oid AS regclass) AS text) AS "table",
       CAST(w.changed AS float8) / greatest(w.due, float8 '1') AS overdue,
       w.changed AS changed,
       CAST(extract(epoch FROM clock_timestamp() - w.analyzed) AS double precision) AS since_analyze
FROM weighed AS w
WHERE w.enabled
  AND CAST(w.changed AS float8) >= w.due
