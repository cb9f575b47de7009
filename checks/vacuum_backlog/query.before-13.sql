WITH setting AS MATERIALIZED (
    SELECT CAST(current_setting('autovacuum_vacuum_threshold') AS float8) AS base,
           CAST(current_setting('autovacuum_vacuum_scale_factor') AS float8) AS scale
    -- Without autovacuum, no vacuum is overdue: see autovacuum_settings.
    WHERE CAST(current_setting('autovacuum') AS boolean)
      AND CAST(current_setting('track_counts') AS boolean)
), candidate AS MATERIALIZED (
    -- Few tables have the minimum of rows to clean up; only these are looked at in detail.
    SELECT c.oid, c.relkind, c.reltuples, c.relpages, c.reloptions,
           pg_stat_get_dead_tuples(c.oid) AS dead
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'm', 't')
      AND c.relpersistence <> 't'
      AND pg_stat_get_dead_tuples(c.oid) >= greatest(vacuum_backlog.minimum, bigint '1')
), weighed AS (
    SELECT k.oid, k.relkind, t."table", k.dead,
           -- The options of the table, else the settings. A TOAST table without options has those of its table.
           coalesce(o.base, s.base) AS base,
           coalesce(o.scale, s.scale) AS scale,
           coalesce(o.enabled, true) AS enabled,
           -- A table that was never counted has as many rows as the statistics know.
           CASE WHEN k.reltuples > real '0' OR k.relpages > 0 THEN greatest(CAST(k.reltuples AS float8), float8 '0')
                ELSE CAST(pg_stat_get_live_tuples(k.oid) + k.dead AS float8)
           END AS rows
    FROM candidate AS k
    CROSS JOIN setting AS s
    LEFT JOIN LATERAL (
        SELECT m.oid AS "table", m.reloptions FROM pg_class AS m WHERE m.reltoastrelid = k.oid
    ) AS t ON k.relkind = 't'
    LEFT JOIN LATERAL (
        SELECT max(CASE WHEN x.option_name = 'autovacuum_vacuum_threshold'
                        THEN CAST(x.option_value AS float8) END) AS base,
               max(CASE WHEN x.option_name = 'autovacuum_vacuum_scale_factor'
                        THEN CAST(x.option_value AS float8) END) AS scale,
               bool_and(CASE WHEN x.option_name = 'autovacuum_enabled'
                             THEN CAST(x.option_value AS boolean) END) AS enabled
        FROM pg_options_to_table(coalesce(k.reloptions, t.reloptions)) AS x
    ) AS o ON coalesce(k.reloptions, t.reloptions) IS NOT NULL
)
SELECT concat(CAST(coalesce(j."table", j.oid) AS regclass), CASE WHEN j.relkind = 't' THEN ' toast' END) AS "table",
       j.dead / greatest(j.base + j.scale * j.rows, float8 '1') AS overdue,
       CAST(NULL AS float8) AS inserts_overdue,
       j.dead AS dead,
       CAST(NULL AS bigint) AS inserted,
       CAST(extract(epoch FROM clock_timestamp()
                               - greatest(pg_stat_get_last_vacuum_time(j.oid), pg_stat_get_last_autovacuum_time(j.oid)))
            AS double precision) AS since_vacuum,
       v.running AS running
FROM weighed AS j
LEFT JOIN (
    SELECT p.relid, max(CAST(extract(epoch FROM clock_timestamp() - a.xact_start) AS double precision)) AS running
    FROM pg_stat_progress_vacuum AS p
    JOIN pg_stat_activity AS a ON a.pid = p.pid
    WHERE p.datname = current_database()
    GROUP BY p.relid
) AS v ON v.relid = j.oid
WHERE j.enabled
  AND j.dead >= j.base + j.scale * j.rows
