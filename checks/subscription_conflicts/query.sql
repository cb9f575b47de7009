SELECT d.datname AS database,
       e.subname AS subscription,
       k.kind AS kind,
       k.conflicts AS conflicts
FROM pg_stat_subscription_stats AS e
JOIN pg_subscription AS s ON s.oid = e.subid
JOIN pg_database AS d ON d.oid = s.subdbid
CROSS JOIN LATERAL (VALUES
    ('insert_exists', e.confl_insert_exists),
    ('update_exists', e.confl_update_exists),
    ('update_missing', e.confl_update_missing),
    ('update_origin_differs', e.confl_update_origin_differs),
    ('update_deleted', e.confl_update_deleted),
    ('delete_missing', e.confl_delete_missing),
    ('delete_origin_differs', e.confl_delete_origin_differs),
    ('multiple_unique_conflicts', e.confl_multiple_unique_conflicts)
) AS k (kind, conflicts)
