-- The collector can answer after the clock was read.
SELECT greatest(CAST(extract(epoch FROM clock_timestamp() - pg_stat_get_snapshot_timestamp()) AS double precision),
                float8 '0') AS age
