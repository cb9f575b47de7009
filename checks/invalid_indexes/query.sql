WITH locked AS MATERIALIZED (
    SELECT l.relation, l.pid
    FROM pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
      AND l.mode IN ('ShareUpdateExclusiveLock', 'AccessExclusiveLock')
      AND l.granted
), building AS MATERIALIZED (
    -- Every role sees which sessions create an index. Which index is hidden from other roles, but the session holds a
    -- lock on the table until the end.
    SELECT l.relation
    FROM pg_stat_get_progress_info('CREATE INDEX') AS p
    JOIN locked AS l ON l.pid = p.pid
)
SELECT CAST(CAST(i.indexrelid AS regclass) AS text) AS index,
       CASE WHEN x.relkind = 'i' THEN false END AS valid,
       CASE WHEN x.relkind = 'i'
            THEN CAST(x.relpages AS bigint) * CAST(current_setting('block_size') AS bigint)
       END AS size,
       CAST(CAST(i.indrelid AS regclass) AS text) AS "table",
       CASE WHEN x.relkind <> 'i' THEN 'partition without index'
            WHEN NOT i.indislive THEN 'failed removal'
            WHEN NOT i.indisready THEN 'failed build'
            -- The last step of a build and the first of a removal look the same.
            ELSE 'failed build or removal'
       END AS cause,
       i.indislive AND i.indisready AS maintained
FROM pg_index AS i
JOIN pg_class AS x ON x.oid = i.indexrelid
WHERE NOT i.indisvalid
  AND NOT EXISTS (SELECT FROM building AS b WHERE b.relation = i.indrelid)
  -- REINDEX CONCURRENTLY and DROP INDEX CONCURRENTLY lock the index itself.
  AND NOT EXISTS (SELECT FROM locked AS l WHERE l.relation = i.indexrelid)
