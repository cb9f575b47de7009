WITH unidentified AS MATERIALIZED (
    -- The tables that can be published, and have neither a full identity nor an index that identifies each row.
    SELECT c.oid, c.relnamespace, c.relispartition, c.relreplident
    FROM pg_class AS c
    WHERE EXISTS (SELECT FROM pg_publication AS p WHERE p.pubupdate OR p.pubdelete)
      AND c.relkind = 'r'
      AND c.relpersistence = 'p'
      -- The server publishes no tables of initdb.
      AND c.oid >= oid '16384'
      AND c.relreplident <> 'f'
      AND NOT EXISTS (
        SELECT FROM pg_index AS i
        WHERE i.indrelid = c.oid
          AND i.indisvalid
          AND i.indimmediate
          AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END)
), place AS MATERIALIZED (
    -- A partition is also published through the tables that it is a part of.
    SELECT u.oid, u.oid AS relation, u.relnamespace
    FROM unidentified AS u
    UNION ALL
    SELECT u.oid, c.oid, c.relnamespace
    FROM unidentified AS u
    CROSS JOIN LATERAL pg_partition_ancestors(u.oid) AS a
    JOIN pg_class AS c ON c.oid = a.relid
    WHERE u.relispartition AND c.oid <> u.oid
), published AS (
    SELECT l.oid, p.oid AS publication
    FROM place AS l
    CROSS JOIN pg_publication AS p
    -- Servers since 19 list the tables that a publication of all tables leaves out.
    WHERE p.puballtables
      AND NOT EXISTS (SELECT FROM pg_publication_rel AS r WHERE r.prpubid = p.oid AND r.prrelid = l.relation)
    UNION
    SELECT l.oid, p.oid
    FROM place AS l
    JOIN pg_publication_rel AS r ON r.prrelid = l.relation
    JOIN pg_publication AS p ON p.oid = r.prpubid AND NOT p.puballtables
)
SELECT CAST(CAST(u.oid AS regclass) AS text) AS "table",
       CASE u.relreplident
            WHEN 'n' THEN 'nothing'
            WHEN 'i' THEN 'an index that does not exist any more or is invalid'
            ELSE 'default, without a usable primary key'
       END AS identity,
       string_agg(CAST(p.pubname AS text), ', ' ORDER BY p.pubname) AS publications
FROM published AS x
JOIN pg_publication AS p ON p.oid = x.publication AND (p.pubupdate OR p.pubdelete)
JOIN unidentified AS u ON u.oid = x.oid
GROUP BY u.oid, u.relreplident
