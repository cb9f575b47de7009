WITH RECURSIVE session AS MATERIALIZED (
    SELECT a.pid, a.datname, a.usename, a.backend_type, a.state, a.application_name, a.xact_start, a.state_change,
           a.wait_event, a.wait_event_type = 'Lock' AS waits
    FROM pg_stat_activity AS a
), waiter AS MATERIALIZED (
    SELECT s.pid, s.datname, s.backend_type, s.wait_event, s.state_change FROM session AS s WHERE s.waits
), longest AS MATERIALIZED (
    -- pg_blocking_pids() stops all locking for a moment, so that the number of calls is limited.
    SELECT w.* FROM waiter AS w ORDER BY w.state_change LIMIT 100
), blocker AS MATERIALIZED (
    -- One blocker of each: a session that does not wait itself, if there is one; otherwise the one that waits longest.
    SELECT DISTINCT ON (w.pid) w.pid AS waiter, b.pid AS blocker,
           -- These servers do not record when a wait begins. It is not older than the statement that waits, and not older
           -- than the transaction that it waits for.
           CAST(greatest(extract(epoch FROM clock_timestamp() - greatest(w.state_change, s.xact_start, p.prepared)), 0)
               AS double precision) AS waited
    FROM longest AS w
    CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS b (pid)
    LEFT JOIN longest AS o ON o.pid = b.pid
    LEFT JOIN session AS s ON s.pid = b.pid
    -- Which of the prepared transactions blocks is not known.
    LEFT JOIN (SELECT min(x.prepared) AS prepared FROM pg_prepared_xacts AS x) AS p ON b.pid = 0
    ORDER BY w.pid, o.pid IS NOT NULL, o.state_change, s.xact_start
), step AS (
    SELECT b.waiter, b.blocker AS root, b.waited, 1 AS depth FROM blocker AS b
    UNION ALL
    -- A circle ends: it is a deadlock that the server has not resolved yet.
    SELECT s.waiter, b.blocker, s.waited, s.depth + 1
    FROM step AS s JOIN blocker AS b ON b.waiter = s.root
    WHERE s.depth < 100
), chain AS (
    SELECT DISTINCT ON (s.waiter) s.waiter, s.root, s.waited, s.depth FROM step AS s ORDER BY s.waiter, s.depth DESC
), queue AS (
    SELECT c.root, c.depth, c.waited, w.wait_event,
           CAST(CASE WHEN c.root = 0 THEN w.datname ELSE r.datname END AS text) AS database,
           CASE WHEN c.root = 0 THEN 'prepared transaction'
                ELSE coalesce(CAST(r.usename AS text), r.backend_type)
           END AS role,
           CASE WHEN c.root = 0 THEN 'prepared' ELSE r.state END AS state,
           r.xact_start, r.application_name
    FROM chain AS c
    JOIN longest AS w ON w.pid = c.waiter
    LEFT JOIN session AS r ON r.pid = c.root
    WHERE (c.root = 0 OR r.pid IS NOT NULL)
      -- Applications use advisory locks as queues, and CREATE INDEX CONCURRENTLY waits for transactions (virtualxid).
      AND w.wait_event NOT IN ('advisory', 'userlock', 'virtualxid')
      -- On a standby, replay waits for queries.
      AND w.backend_type <> 'startup'
)
SELECT DISTINCT ON (q.database, q.role)
       q.database AS database,
       q.role AS role,
       q.waited AS longest_wait,
       count(*) OVER same_root AS waiting,
       max(q.depth) OVER same_root AS depth,
       q.root AS root_pid,
       q.state AS root_state,
       CAST(extract(epoch FROM clock_timestamp() - q.xact_start) AS double precision) AS root_open,
       nullif(q.application_name, '') AS root_application,
       q.wait_event AS waits_for
FROM queue AS q
WINDOW same_root AS (PARTITION BY q.database, q.role)
ORDER BY q.database, q.role, q.waited DESC NULLS LAST
