SELECT m.mode AS mode,
       count(l.granted) FILTER (WHERE l.granted) AS granted,
       count(l.granted) FILTER (WHERE NOT l.granted) AS waiting
FROM unnest(ARRAY['AccessShareLock', 'RowShareLock', 'RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock',
                  'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock', 'SIReadLock'])
     WITH ORDINALITY AS m (mode, strength)
LEFT JOIN pg_locks AS l ON l.mode = m.mode AND l.pid IS DISTINCT FROM pg_backend_pid()
    -- Each transaction locks its own numbers.
    AND NOT (l.locktype IN ('virtualxid', 'transactionid') AND l.granted AND l.mode = 'ExclusiveLock')
GROUP BY m.mode, m.strength
ORDER BY m.strength DESC
