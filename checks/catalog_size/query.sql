WITH locked AS MATERIALIZED (
    -- pg_total_relation_size() opens each relation, and would wait for a session that holds or awaits this lock.
    SELECT l.relation
    FROM pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.mode = 'AccessExclusiveLock'
      AND (l.database = CAST('0' AS oid)
           OR l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
)
SELECT CAST(w.relname AS text) AS "table",
       CASE WHEN w.free THEN pg_total_relation_size(w.oid) END AS size,
       pg_stat_get_dead_tuples(w.oid) AS dead
FROM (
    SELECT g.oid, g.relname,
           NOT EXISTS (
               SELECT FROM locked AS l
               WHERE l.relation IN (g.oid, g.reltoastrelid)
                  OR l.relation IN (SELECT i.indexrelid FROM pg_index AS i
                                    WHERE i.indrelid IN (g.oid, g.reltoastrelid))) AS free
    FROM (
        SELECT c.oid, c.relname, c.reltoastrelid
        FROM pg_class AS c
        WHERE c.relnamespace = CAST('pg_catalog' AS regnamespace)
          AND c.relkind = 'r'
          -- Large objects are data of users.
          AND c.relname NOT IN ('pg_largeobject', 'pg_largeobject_metadata')
        ORDER BY greatest(CAST(c.relpages AS float8),
                          CAST(pg_stat_get_live_tuples(c.oid) AS float8) / float8 '50') DESC, c.oid
        LIMIT 10
    ) AS g
    OFFSET 0
) AS w
