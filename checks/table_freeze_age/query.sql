WITH setting AS MATERIALIZED (
    SELECT CAST(current_setting('autovacuum_freeze_max_age') AS float8) AS xids,
           CAST(current_setting('autovacuum_multixact_freeze_max_age') AS float8) AS multixacts,
           CAST(current_setting('block_size') AS bigint) AS block
), opted AS MATERIALIZED (
    -- Few tables have options.
    SELECT c.oid, c.reltoastrelid, o.xids, o.multixacts
    FROM pg_class AS c
    CROSS JOIN LATERAL (
        SELECT min(CASE WHEN x.option_name = 'autovacuum_freeze_max_age'
                        THEN CAST(x.option_value AS float8) END) AS xids,
               min(CASE WHEN x.option_name = 'autovacuum_multixact_freeze_max_age'
                        THEN CAST(x.option_value AS float8) END) AS multixacts
        FROM pg_options_to_table(c.reloptions) AS x
    ) AS o
    WHERE c.reloptions IS NOT NULL
      AND c.relkind IN ('r', 'm', 't')
), option AS MATERIALIZED (
    SELECT p.oid, p.xids, p.multixacts
    FROM opted AS p
    UNION ALL
    -- A TOAST table without options has those of its table.
    SELECT t.oid, p.xids, p.multixacts
    FROM opted AS p
    JOIN pg_class AS t ON t.oid = p.reltoastrelid
    WHERE t.reloptions IS NULL
), oldest AS MATERIALIZED (
    -- Without options, the oldest table is the worst. The mask puts negative ages first: their ids have already wrapped
    -- around.
    (SELECT c.oid
     FROM pg_class AS c
     WHERE c.relkind IN ('r', 'm', 't') AND c.relpersistence <> 't' AND c.relfrozenxid <> CAST('0' AS xid)
     ORDER BY CAST(age(c.relfrozenxid) AS bigint) & bigint '4294967295' DESC
     LIMIT 20)
    UNION
    (SELECT c.oid
     FROM pg_class AS c
     WHERE c.relkind IN ('r', 'm', 't') AND c.relpersistence <> 't' AND c.relminmxid <> CAST('0' AS xid)
     ORDER BY CAST(mxid_age(c.relminmxid) AS bigint) & bigint '4294967295' DESC
     LIMIT 20)
    UNION
    SELECT o.oid FROM option AS o
), aged AS MATERIALIZED (
    -- Tables of other access methods than heap can have only one of the two ids. Only the session that created a
    -- temporary table can vacuum it: see temporary_table_age.
    SELECT c.oid, c.relkind, c.relpages,
           CASE WHEN c.relfrozenxid <> CAST('0' AS xid) THEN age(c.relfrozenxid) END AS xid_age,
           float8 '100' * CASE WHEN c.relfrozenxid <> CAST('0' AS xid) THEN age(c.relfrozenxid) END
               / greatest(least(s.xids, o.xids), float8 '1') AS xids_due,
           float8 '100' * CASE WHEN c.relminmxid <> CAST('0' AS xid) THEN mxid_age(c.relminmxid) END
               / greatest(least(s.multixacts, o.multixacts), float8 '1') AS multixacts_due
    FROM oldest AS w
    JOIN pg_class AS c ON c.oid = w.oid
    CROSS JOIN setting AS s
    LEFT JOIN option AS o ON o.oid = c.oid
    WHERE c.relpersistence <> 't'
)
SELECT concat(CAST(coalesce(m.oid, w.oid) AS regclass), CASE WHEN w.relkind = 't' THEN ' toast' END) AS "table",
       w.xids_due AS xids_due,
       w.multixacts_due AS multixacts_due,
       CAST(w.xid_age AS bigint) AS xid_age,
       nullif(w.relpages, 0) * s.block AS size
FROM (
    (SELECT x.* FROM aged AS x
     ORDER BY x.xids_due < float8 '0' DESC NULLS LAST, x.xids_due DESC NULLS LAST LIMIT 20)
    UNION
    (SELECT y.* FROM aged AS y
     ORDER BY y.multixacts_due < float8 '0' DESC NULLS LAST, y.multixacts_due DESC NULLS LAST LIMIT 20)
) AS w
CROSS JOIN setting AS s
LEFT JOIN pg_class AS m ON w.relkind = 't' AND m.reltoastrelid = w.oid
