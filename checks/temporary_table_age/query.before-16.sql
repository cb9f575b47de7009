SELECT CAST(CAST(a.oid AS regclass) AS text) AS "table",
       float8 '100' * a.xid_age / CAST(current_setting('autovacuum_freeze_max_age') AS float8) AS xids_due,
       float8 '100' * a.multixact_age / CAST(current_setting('autovacuum_multixact_freeze_max_age') AS float8)
           AS multixacts_due,
       CAST(a.xid_age AS bigint) AS xid_age,
       -- Before 16, the functions of the statistics number sessions differently than the names of the schemas.
       CAST(NULL AS integer) AS session
FROM (
    SELECT c.oid, c.relnamespace,
           -- A TOAST table is vacuumed with its table, so the older of the two counts.
           CAST(greatest(age(c.relfrozenxid), age(t.relfrozenxid)) AS float8) AS xid_age,
           CAST(greatest(mxid_age(c.relminmxid), mxid_age(t.relminmxid)) AS float8) AS multixact_age
    FROM pg_class AS c
    LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
    WHERE c.relkind = 'r'
      AND c.relpersistence = 't'
      AND c.relfrozenxid <> CAST('0' AS xid)
      AND c.relminmxid <> CAST('0' AS xid)
) AS a
ORDER BY greatest(a.xid_age, a.multixact_age) DESC, a.oid
LIMIT 20
