SELECT concat(CAST(coalesce(m.oid, w.oid) AS regclass), CASE WHEN w.relkind = 't' THEN ' toast' END) AS relation,
       w.fetched - w.hit AS read,
       w.hit AS hit
FROM (
    SELECT s.oid, s.relkind, s.fetched, pg_stat_get_blocks_hit(s.oid) AS hit
    FROM (
        SELECT c.oid, c.relkind, pg_stat_get_blocks_fetched(c.oid) AS fetched
        FROM pg_class AS c
        WHERE c.relkind IN ('r', 'm', 't', 'i')
          AND c.relpersistence <> 't'
        OFFSET 0
    ) AS s
    WHERE s.fetched > bigint '0'
    ORDER BY s.fetched - pg_stat_get_blocks_hit(s.oid) DESC, s.oid
    LIMIT 50
) AS w
LEFT JOIN pg_class AS m ON w.relkind = 't' AND m.reltoastrelid = w.oid
