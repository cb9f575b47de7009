WITH held AS (
    -- A hash of the locked object, as grouping by ten columns is slow.
    SELECT hashtextextended(concat_ws('/', l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid,
                                      l.transactionid, l.classid, l.objid, l.objsubid), 0) AS object,
           l.virtualtransaction
    FROM pg_locks AS l
    -- Fast-path locks and predicate locks have memory elsewhere.
    WHERE NOT l.fastpath
      AND l.mode <> 'SIReadLock'
      AND l.pid IS DISTINCT FROM pg_backend_pid()
), lock AS (
    -- A transaction that holds a lock in several modes has one place.
    SELECT count(DISTINCT h.object) AS locks,
           count(DISTINCT hashtextextended(h.virtualtransaction, h.object)) AS holders
    FROM held AS h
), capacity AS (
    SELECT CAST(current_setting('max_locks_per_transaction') AS bigint)
           * (CAST(current_setting('max_connections') AS bigint)
              + CAST(current_setting('max_prepared_transactions') AS bigint)) AS locks
)
SELECT CAST(100.0 * greatest(l.locks, l.holders / 2.0) / c.locks AS double precision) AS used,
       l.locks AS locks,
       l.holders AS holders,
       c.locks AS capacity
FROM lock AS l
CROSS JOIN capacity AS c
