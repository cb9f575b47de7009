WITH locked AS MATERIALIZED (
    -- The functions below open each table, and would wait for a session that holds or awaits this lock.
    SELECT l.relation
    FROM pg_locks AS l
    WHERE l.locktype = 'relation'
      AND l.mode = 'AccessExclusiveLock'
      AND (l.database = CAST('0' AS oid)
           OR l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
), named AS MATERIALIZED (
    SELECT btrim(x.name) AS name
    FROM regexp_split_to_table(left(visibility_corruption.tables, 4096), ',') AS x(name)
    WHERE btrim(x.name) <> ''
), candidate AS MATERIALIZED (
    -- Only pages that are marked are read. A part begins after each `size` of them.
    SELECT c.oid,
           (sum(CAST(greatest(c.relallvisible, 1) AS bigint)) OVER (ORDER BY c.oid) - greatest(c.relallvisible, 1))
               * CAST(current_setting('block_size') AS bigint) AS before
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 't')
      AND c.relpersistence <> 't'
      -- A standby has no data of unlogged tables.
      AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
      AND (NOT EXISTS (SELECT FROM named AS a)
           OR EXISTS (
               SELECT FROM named AS a
               WHERE a.name IN (concat(n.nspname, '.', c.relname),
                                concat(quote_ident(n.nspname), '.', quote_ident(c.relname)))))
), part AS MATERIALIZED (
    SELECT c.oid,
           CASE WHEN EXISTS (SELECT FROM named AS a) THEN numeric '0'
                ELSE div(c.before, CAST(greatest(visibility_corruption.size, bigint '1048576') AS numeric))
           END AS number
    FROM candidate AS c
), chosen AS MATERIALIZED (
    SELECT p.oid
    FROM part AS p
    WHERE p.number = (
        SELECT mod(CAST(floor(extract(epoch FROM now()) / 86400) AS numeric), max(o.number) + 1) FROM part AS o)
      AND p.oid NOT IN (SELECT l.relation FROM locked AS l)
    OFFSET 0
)
SELECT CAST(CAST(w.oid AS regclass) AS text) AS "table",
       w.visible AS wrongly_visible,
       w.frozen AS wrongly_frozen
FROM (
    SELECT t.oid,
           (SELECT count(*) FROM @extschema@.pg_check_visible(CAST(t.oid AS regclass))) AS visible,
           (SELECT count(*) FROM @extschema@.pg_check_frozen(CAST(t.oid AS regclass))) AS frozen
    FROM chosen AS t
    OFFSET 0
) AS w
WHERE w.visible > 0 OR w.frozen > 0
ORDER BY greatest(w.visible, w.frozen) DESC, w.oid
LIMIT 100
