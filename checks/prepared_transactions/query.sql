SELECT DISTINCT ON (p.database)
       CAST(p.database AS text) AS database,
       CAST(greatest(extract(epoch FROM clock_timestamp() - p.prepared), 0) AS double precision) AS age,
       count(*) OVER (PARTITION BY p.database) AS transactions,
       CAST(max(age(p.transaction)) OVER (PARTITION BY p.database) AS bigint) AS xid_age,
       p.gid AS name,
       CAST(p.owner AS text) AS owner
FROM pg_prepared_xacts AS p
ORDER BY p.database, p.prepared
