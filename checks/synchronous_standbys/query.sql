WITH required AS (
    -- The forms are: FIRST n (...), ANY n (...), n (...), and a list, of which one standby is required. A quoted name
    -- can contain anything, but then the text begins with a quote.
    SELECT x.names,
           CASE WHEN x.names = '' THEN 0
                ELSE coalesce(CAST(substring(lower(x.names) FROM '^(?:first\s+|any\s+)?([0-9]{1,9})\s*\(') AS bigint), 1)
           END AS needed
    FROM (SELECT btrim(current_setting('synchronous_standby_names'), E' \t\n\r\f') AS names) AS x
), standby AS (
    SELECT count(*) AS present
    FROM pg_stat_replication AS r
    WHERE r.sync_state IN ('sync', 'quorum')
), session AS (
    SELECT count(*) AS waiting,
           CAST(coalesce(extract(epoch FROM clock_timestamp() - min(a.query_start)), 0) AS double precision) AS longest
    FROM pg_stat_get_activity(NULL) AS a
    WHERE a.wait_event = 'SyncRep'
)
SELECT CASE -- With these values commits do not wait, except in sessions with another value, seen when they wait.
            WHEN current_setting('synchronous_commit') IN ('off', 'local') AND w.waiting = 0 THEN 0
            ELSE greatest(q.needed - s.present, 0)
       END AS missing,
       q.needed AS needed,
       s.present AS present,
       w.waiting AS waiting,
       w.longest AS longest,
       nullif(q.names, '') AS names
FROM required AS q
CROSS JOIN standby AS s
CROSS JOIN session AS w
