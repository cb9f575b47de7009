WITH disabled AS MATERIALIZED (
    SELECT t.tgrelid, t.tgname, t.tgconstraint
    FROM pg_trigger AS t
    WHERE t.tgenabled = 'D'
), named AS (
    -- A foreign key has four triggers with internal names, two of them on the referenced table.
    SELECT t.tgrelid, coalesce(c.conname, t.tgname) AS name, c.contype
    FROM disabled AS t
    LEFT JOIN pg_constraint AS c ON c.oid = t.tgconstraint AND c.contype <> 't'
    -- Partitions have the same trigger, and the same state if it was disabled for the partitioned table.
    WHERE NOT EXISTS (
        SELECT
        FROM pg_inherits AS h
        JOIN disabled AS p ON p.tgrelid = h.inhparent
        WHERE h.inhrelid = t.tgrelid
          AND CASE WHEN c.oid IS NULL THEN p.tgname = t.tgname
                   ELSE p.tgconstraint = c.conparentid AND c.conparentid <> oid '0'
              END)
)
SELECT DISTINCT
       CAST(CAST(n.tgrelid AS regclass) AS text) AS "table",
       quote_ident(n.name) AS trigger,
       CASE n.contype
            WHEN 'f' THEN 'foreign key'
            WHEN 'u' THEN 'deferrable unique constraint'
            WHEN 'p' THEN 'deferrable primary key'
            WHEN 'x' THEN 'deferrable exclusion constraint'
            ELSE 'trigger'
       END AS kind
FROM named AS n
ORDER BY 1, 2
