WITH used AS MATERIALIZED (
    -- The default collation has the OID 100. Its version is that of the database.
    SELECT u.oid,
           count(*) FILTER (WHERE u.kind = 'i') AS indexes,
           count(*) FILTER (WHERE u.kind = 'p') AS partitioned_tables,
           count(*) FILTER (WHERE u.kind = 'r') AS range_types
    FROM (
        SELECT DISTINCT 'i' AS kind, i.indexrelid AS place, c.oid
        FROM pg_index AS i
        CROSS JOIN LATERAL unnest(CAST(i.indcollation AS oid[])) AS c (oid)
        UNION ALL
        SELECT DISTINCT 'p', p.partrelid, c.oid
        FROM pg_partitioned_table AS p
        CROSS JOIN LATERAL unnest(CAST(p.partcollation AS oid[])) AS c (oid)
        UNION ALL
        SELECT 'r', r.rngtypid, r.rngcollation
        FROM pg_range AS r
    ) AS u
    WHERE u.oid <> oid '0'
    GROUP BY u.oid
), version AS (
    SELECT u.oid, concat(quote_ident(n.nspname), '.', quote_ident(c.collname)) AS name,
           c.collversion AS recorded, pg_collation_actual_version(c.oid) AS actual
    FROM used AS u
    JOIN pg_collation AS c ON c.oid = u.oid
    JOIN pg_namespace AS n ON n.oid = c.collnamespace
    WHERE c.oid <> oid '100'
      AND c.collversion IS NOT NULL
    UNION ALL
    SELECT oid '100', 'default', d.datcollversion, pg_database_collation_actual_version(d.oid)
    FROM pg_database AS d
    WHERE d.datname = current_database()
      AND d.datcollversion IS NOT NULL
)
SELECT v.name AS collation,
       v.recorded AS recorded,
       v.actual AS actual,
       coalesce(u.indexes, 0) AS indexes,
       coalesce(u.partitioned_tables, 0) AS partitioned_tables,
       coalesce(u.range_types, 0) AS range_types
FROM version AS v
LEFT JOIN used AS u ON u.oid = v.oid
WHERE v.recorded <> v.actual
ORDER BY u.indexes DESC NULLS LAST, 1
