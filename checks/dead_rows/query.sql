SELECT concat(CAST(coalesce(m.oid, w.oid) AS regclass), CASE WHEN w.relkind = 't' THEN ' toast' END) AS "table",
       float8 '100' * w.dead / greatest(w.dead + pg_stat_get_live_tuples(w.oid), bigint '1') AS share,
       w.dead AS dead
FROM (
    SELECT c.oid, c.relkind, pg_stat_get_dead_tuples(c.oid) AS dead
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'm', 't')
      AND c.relpersistence <> 't'
      AND pg_stat_get_dead_tuples(c.oid) >= greatest(dead_rows.minimum, bigint '1')
    ORDER BY dead DESC, c.oid
    LIMIT 50
) AS w
LEFT JOIN pg_class AS m ON w.relkind = 't' AND m.reltoastrelid = w.oid
