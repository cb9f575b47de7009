WITH build AS (
    SELECT p.datname, p.relid, p.index_relid, p.command, p.phase, p.pid,
           p.phase LIKE 'waiting for %' AS waits,
           l.since,
           p.lockers_total - p.lockers_done AS lockers_left,
           p.current_locker_pid AS locker_pid,
           100.0 * p.blocks_done / nullif(p.blocks_total, 0) AS blocks,
           100.0 * p.tuples_done / nullif(p.tuples_total, 0) AS tuples,
           a.query_start
    FROM pg_stat_progress_create_index AS p
    JOIN pg_stat_activity AS a ON a.pid = p.pid
    LEFT JOIN (SELECT w.pid, min(w.waitstart) AS since FROM pg_locks AS w WHERE NOT w.granted GROUP BY w.pid) AS l
           ON l.pid = p.pid
)
SELECT DISTINCT ON (b.datname, b.relid)
       CAST(b.datname AS text) AS database,
       b.relid AS relation_id,
       CASE WHEN NOT b.waits THEN 0
            WHEN b.since IS NOT NULL
            THEN CAST(greatest(extract(epoch FROM clock_timestamp() - b.since), 0) AS double precision)
       END AS waiting,
       CASE WHEN b.waits THEN b.lockers_left ELSE 0 END AS lockers_left,
       CASE WHEN NOT b.waits THEN CAST(coalesce(b.blocks, b.tuples) AS double precision) END AS done,
       CAST(greatest(extract(epoch FROM clock_timestamp() - b.query_start), 0) AS double precision) AS running,
       b.phase AS phase,
       b.command AS command,
       nullif(b.index_relid, 0) AS index_id,
       b.pid AS pid,
       CASE WHEN b.waits THEN CAST(nullif(b.locker_pid, 0) AS integer) END AS locker_pid
FROM build AS b
ORDER BY b.datname, b.relid, b.waits DESC, b.since, b.query_start
