WITH worker AS MATERIALIZED (
    -- Ordinary roles can read the identifier of a subscription only since 14, so the process connects name and database.
    SELECT w.subname, a.datid, max(w.last_msg_receipt_time) AS heard
    FROM pg_stat_subscription AS w
    JOIN pg_stat_get_activity(NULL) AS a ON a.pid = w.pid
    -- The workers that copy tables have one.
    WHERE w.relid IS NULL
    GROUP BY w.subname, a.datid
)
SELECT d.datname AS database,
       s.subname AS subscription,
       CASE WHEN s.subenabled THEN CAST(w.subname IS NOT NULL AS integer) END AS workers,
       s.subenabled AS enabled,
       CAST(extract(epoch FROM clock_timestamp() - w.heard) AS double precision) AS silent
FROM pg_subscription AS s
JOIN pg_database AS d ON d.oid = s.subdbid
LEFT JOIN worker AS w ON w.datid = s.subdbid AND w.subname = s.subname
