WITH locked AS MATERIALIZED (
    -- pg_total_relation_size() opens each relation, and would wait for a session that holds or awaits this lock.
    SELECT l.relation
    FROM pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.mode = 'AccessExclusiveLock'
      AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
)
SELECT CAST(CAST(w.oid AS regclass) AS text) AS "table",
       CASE WHEN w.free THEN pg_total_relation_size(w.oid) END AS size,
       pg_stat_get_live_tuples(w.oid) AS rows
FROM (
    SELECT g.oid,
           NOT EXISTS (
               SELECT FROM locked AS l
               WHERE l.relation IN (g.oid, g.reltoastrelid)
                  OR l.relation IN (SELECT i.indexrelid FROM pg_index AS i
                                    WHERE i.indrelid IN (g.oid, g.reltoastrelid))) AS free
    FROM (
        SELECT c.oid, c.reltoastrelid
        FROM pg_class AS c
        WHERE c.relkind = 'r'
          AND c.relpersistence = 'u'
        ORDER BY greatest(CAST(c.relpages AS float8),
                          CAST(pg_stat_get_live_tuples(c.oid) AS float8) / float8 '50') DESC, c.oid
        LIMIT 50
    ) AS g
    OFFSET 0
) AS w
