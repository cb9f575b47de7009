WITH off AS MATERIALIZED (
    SELECT c.oid, c.relkind, c.reltoastrelid, c.relfrozenxid
    FROM pg_class AS c
    WHERE c.reloptions IS NOT NULL
      AND c.relkind IN ('r', 'm', 't')
      AND c.relpersistence <> 't'
      AND EXISTS (
        SELECT FROM pg_options_to_table(c.reloptions) AS o
        WHERE CASE WHEN o.option_name = 'autovacuum_enabled' THEN NOT CAST(o.option_value AS boolean) END)
)
SELECT concat(CAST(w."table" AS regclass), CASE WHEN w."table" <> w.oid THEN ' toast' END) AS "table",
       pg_stat_get_dead_tuples(w.oid) AS dead,
       pg_stat_get_live_tuples(w.oid) AS rows,
       CASE WHEN w.xid <> CAST('0' AS xid) THEN CAST(age(w.xid) AS bigint) END AS xid_age,
       CAST(extract(epoch FROM clock_timestamp()
                               - greatest(pg_stat_get_last_vacuum_time(w.oid), pg_stat_get_last_autovacuum_time(w.oid)))
            AS double precision) AS since_vacuum,
       CAST(extract(epoch FROM clock_timestamp()
                               - greatest(pg_stat_get_last_analyze_time(w.oid),
                                          pg_stat_get_last_autoanalyze_time(w.oid)))
            AS double precision) AS since_analyze
FROM (
    SELECT f.oid AS "table", f.oid, f.relfrozenxid AS xid
    FROM off AS f
    WHERE f.relkind <> 't'
    UNION ALL
    -- A TOAST table without options has those of its table.
    SELECT f.oid, t.oid, t.relfrozenxid
    FROM off AS f
    JOIN pg_class AS t ON t.oid = f.reltoastrelid
    WHERE t.reloptions IS NULL
    UNION ALL
    SELECT m.oid, f.oid, f.relfrozenxid
    FROM off AS f
    JOIN pg_class AS m ON m.reltoastrelid = f.oid
    WHERE f.relkind = 't'
) AS w
