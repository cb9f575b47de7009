WITH setting AS MATERIALIZED (
    SELECT CAST(current_setting('autovacuum_vacuum_threshold') AS float8) AS base,
           CAST(current_setting('autovacuum_vacuum_scale_factor') AS float8) AS scale,
           CAST(current_setting('autovacuum_vacuum_insert_threshold') AS float8) AS insert_base,
           CAST(current_setting('autovacuum_vacuum_insert_scale_factor') AS float8) AS insert_scale
    -- Without autovacuum, no vacuum is overdue: see autovacuum_settings.
    WHERE CAST(current_setting('autovacuum') AS boolean)
      AND CAST(current_setting('track_counts') AS boolean)
), candidate AS MATERIALIZED (
    -- Few tables have the minimum of rows to clean up; only these are looked at in detail.
    SELECT c.oid, c.relkind, c.reltuples, c.relpages, c.reloptions,
           pg_stat_get_dead_tuples(c.oid) AS dead,
           pg_stat_get_ins_since_vacuum(c.oid) AS inserted
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'm', 't')
      AND c.relpersistence <> 't'
      AND greatest(pg_stat_get_dead_tuples(c.oid), pg_stat_get_ins_since_vacuum(c.oid))
          >= greatest(vacuum_backlog.minimum, bigint '1')
), weighed AS (
    SELECT k.oid, k.relkind, t."table", k.dead, k.inserted,
           -- The options of the table, else the settings. A TOAST table without options has those of its table.
           coalesce(o.base, s.base) AS base,
           coalesce(o.scale, s.scale) AS scale,
           coalesce(o.insert_base, s.insert_base) AS insert_base,
           coalesce(o.insert_scale, s.insert_scale) AS insert_scale,
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
               -- The value -2 means that the option is not set.
               max(CASE WHEN x.option_name = 'autovacuum_vacuum_insert_threshold'
                        THEN nullif(CAST(x.option_value AS float8), float8 '-2') END) AS insert_base,
               max(CASE WHEN x.option_name = 'autovacuum_vacuum_insert_scale_factor'
                        THEN CAST(x.option_value AS float8) END) AS insert_scale,
               bool_and(CASE WHEN x.option_name = 'autovacuum_enabled'
                             THEN CAST(x.option_value AS boolean) END) AS enabled
        FROM pg_options_to_table(coalesce(k.reloptions, t.reloptions)) AS x
    ) AS o ON coalesce(k.reloptions, t.reloptions) IS NOT NULL
), judged AS (
    SELECT w.oid, w.relkind, w."table", w.dead, w.inserted,
           CASE WHEN w.dead >= greatest(vacuum_backlog.minimum, bigint '1')
                THEN CAST(w.dead AS float8) / greatest(w.base + w.scale * w.rows, float8 '1')
           END AS overdue,
           -- A negative threshold turns off vacuum because of inserted rows.
           CASE WHEN w.inserted >= greatest(vacuum_backlog.minimum, bigint '1') AND w.insert_base >= float8 '0'
                THEN CAST(w.inserted AS float8) / greatest(w.insert_base + w.insert_scale * w.rows, float8 '1')
           END AS inserts_overdue
    FROM weighed AS w
    WHERE w.enabled
)
SELECT concat(CAST(coalesce(j."table", j.oid) AS regclass), CASE WHEN j.relkind = 't' THEN ' toast' END) AS "table",
       j.overdue AS overdue,
       j.inserts_overdue AS inserts_overdue,
       j.dead AS dead,
       j.inserted AS inserted,
       CAST(extract(epoch FROM clock_timestamp()
                               - greatest(pg_stat_get_last_vacuum_time(j.oid), pg_stat_get_last_autovacuum_time(j.oid)))
            AS double precision) AS since_vacuum,
       v.running AS running
FROM judged AS j
LEFT JOIN (
    SELECT p.relid, max(CAST(extract(epoch FROM clock_timestamp() - a.xact_start) AS double precision)) AS running
    FROM pg_stat_progress_vacuum AS p
    JOIN pg_stat_activity AS a ON a.pid = p.pid
    WHERE p.datname = current_database()
    GROUP BY p.relid
) AS v ON v.relid = j.oid
WHERE greatest(j.overdue, j.inserts_overdue) >= float8 '1'
