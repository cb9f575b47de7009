SELECT CAST(CAST(c.oid AS regclass) AS text) AS "table",
       pg_stat_get_tuples_updated(c.oid) AS updates,
       pg_stat_get_tuples_hot_updated(c.oid) AS hot,
       pg_stat_get_tuples_newpage_updated(c.oid) AS new_page
FROM pg_class AS c
WHERE c.relkind = 'r'
  AND c.relpersistence <> 't'
  AND pg_stat_get_tuples_updated(c.oid) > bigint '0'
ORDER BY updates DESC, c.oid
LIMIT 50
