WITH worker AS MATERIALIZED (
    -- The server ignores workers for which it has no slots.
    SELECT least(CAST(current_setting('autovacuum_max_workers') AS bigint),
                 CAST(current_setting('autovacuum_worker_slots', true) AS bigint)) AS most
)
SELECT float8 '100' * a.busy / nullif(w.most, bigint '0') AS share,
       a.busy AS busy,
       w.most AS limit,
       a.oldest AS oldest,
       a.forced AS anti_wraparound
FROM worker AS w
CROSS JOIN (
    SELECT count(*) AS busy,
           max(CAST(extract(epoch FROM clock_timestamp() - coalesce(s.xact_start, s.backend_start))
                    AS double precision)) AS oldest,
           count(*) FILTER (WHERE s.query LIKE 'autovacuum: %(to prevent wraparound)') AS forced
    FROM pg_stat_activity AS s
    WHERE s.backend_type = 'autovacuum worker'
) AS a
