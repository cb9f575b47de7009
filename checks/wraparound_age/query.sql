WITH database AS (
    SELECT CAST(d.datname AS text) AS database,
           CAST(age(d.datfrozenxid) AS double precision) AS xid_age,
           CAST(mxid_age(d.datminmxid) AS double precision) AS multixact_age
    FROM pg_database AS d
    -- A database whose removal was interrupted is not vacuumed, and it holds back no other.
    WHERE d.datconnlimit <> -2
)
SELECT d.database AS database,
       d.xid_age / 2147483648 * 100 AS xids_used,
       d.multixact_age / 2147483648 * 100 AS multixacts_used,
       d.xid_age / CAST(current_setting('autovacuum_freeze_max_age') AS double precision) * 100 AS xids_due,
       d.multixact_age / CAST(current_setting('autovacuum_multixact_freeze_max_age') AS double precision) * 100
           AS multixacts_due,
       CAST(d.xid_age AS bigint) AS xid_age,
       CAST(d.multixact_age AS bigint) AS multixact_age
FROM database AS d
