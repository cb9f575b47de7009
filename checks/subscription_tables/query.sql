SELECT s.subname AS subscription,
       CASE WHEN s.subenabled THEN t.waiting END AS waiting,
       t.copied AS copied,
       CASE WHEN s.subenabled THEN f.names END AS first
FROM pg_subscription AS s
-- Ordinary roles can read the identifier in pg_subscription only since 14. A name is unique in its database.
JOIN (SELECT DISTINCT w.subid, w.subname FROM pg_stat_subscription AS w) AS i ON i.subname = s.subname
CROSS JOIN LATERAL (
    -- The states "s" and "r" are those after the copy.
    SELECT count(*) FILTER (WHERE r.srsubstate NOT IN ('s', 'r')) AS waiting,
           count(*) FILTER (WHERE r.srsubstate IN ('s', 'r')) AS copied,
           count(*) AS tables
    FROM pg_subscription_rel AS r
    WHERE r.srsubid = i.subid
) AS t
CROSS JOIN LATERAL (
    SELECT string_agg(n.name, ', ' ORDER BY n.name) AS names
    FROM (
        SELECT CAST(CAST(r.srrelid AS regclass) AS text) AS name
        FROM pg_subscription_rel AS r
        WHERE r.srsubid = i.subid AND r.srsubstate NOT IN ('s', 'r')
        ORDER BY 1
        LIMIT 5
    ) AS n
) AS f
WHERE s.subdbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
  -- A subscription of another database can have the same name; its tables are not in this database.
  AND t.tables > 0
