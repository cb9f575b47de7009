SELECT o.external_id AS origin,
       CASE WHEN o.remote_lsn > '0/0' THEN CAST(o.remote_lsn - pg_lsn '0/0' AS bigint) END AS applied,
       CASE WHEN s.oid IS NOT NULL THEN concat(d.datname, '.', s.subname) END AS subscription
FROM pg_replication_origin_status AS o
LEFT JOIN pg_subscription AS s ON o.external_id = concat('pg_', s.oid)
LEFT JOIN pg_database AS d ON d.oid = s.subdbid
-- The copy of a table by a subscription has an origin for a short time.
WHERE o.external_id !~ '^pg_[0-9]+_[0-9]+$'
