WITH locked AS MATERIALIZED (
    -- The functions below open each relation, and would wait for a session that holds or awaits this lock.
    SELECT l.relation
    FROM pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.mode = 'AccessExclusiveLock'
      AND (l.database = CAST('0' AS oid)
           OR l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
), largest AS MATERIALIZED (
    -- The number of pages in the catalog is a first estimate, as to read all sizes takes 20 times as long. A table that
    -- was never vacuumed or analyzed has no number; it has about 50 rows on a page, a TOAST table 4.
    SELECT c.oid, c.relkind
    FROM pg_class AS c
    WHERE c.relkind IN ('r', 'm', 't', 'i')
    ORDER BY CASE WHEN c.relpages > 0 THEN CAST(c.relpages AS float8)
                  WHEN c.relkind = 'i' THEN float8 '0'
                  ELSE CAST(pg_stat_get_live_tuples(c.oid) AS float8)
                       / CASE WHEN c.relkind = 't' THEN float8 '4' ELSE float8 '50' END
             END DESC, c.oid
    LIMIT 200
), chosen AS MATERIALIZED (
    -- The tables to which they belong.
    SELECT c.oid, c.reltoastrelid,
           NOT EXISTS (
               SELECT FROM locked AS l
               WHERE l.relation IN (c.oid, c.reltoastrelid)
                  OR l.relation IN (SELECT i.indexrelid FROM pg_index AS i
                                    WHERE i.indrelid IN (c.oid, c.reltoastrelid))) AS free
    FROM (
        SELECT g.oid FROM largest AS g WHERE g.relkind IN ('r', 'm')
        UNION
        SELECT i.indrelid FROM largest AS g JOIN pg_index AS i ON i.indexrelid = g.oid WHERE g.relkind = 'i'
        UNION
        SELECT m.oid FROM largest AS g JOIN pg_class AS m ON m.reltoastrelid = g.oid WHERE g.relkind = 't'
    ) AS w
    JOIN pg_class AS c ON c.oid = w.oid AND c.relkind IN ('r', 'm')
)
SELECT CAST(CAST(s.oid AS regclass) AS text) AS "table",
       s.heap_and_toast + s.indexes AS total,
       s.heap_and_toast - coalesce(s.toast, bigint '0') AS heap,
       s.indexes AS indexes,
       s.toast AS toast
FROM (
    SELECT w.oid,
           CASE WHEN w.free THEN pg_table_size(w.oid) END AS heap_and_toast,
           CASE WHEN w.free THEN pg_indexes_size(w.oid) END AS indexes,
           CASE WHEN w.free AND w.reltoastrelid <> CAST('0' AS oid)
                THEN pg_total_relation_size(w.reltoastrelid) END AS toast
    FROM chosen AS w
    OFFSET 0
) AS s
-- A table without a size is locked: it can be the largest.
ORDER BY total DESC NULLS FIRST, s.oid
LIMIT 50
