WITH holder AS (
    SELECT 'session' AS kind,
           -- Background workers can run without a database or a role.
           concat_ws('.', a.datname, coalesce(CAST(a.usename AS text), a.backend_type)) AS holder,
           greatest(age(a.backend_xmin), age(a.backend_xid)) AS xid_age,
           concat_ws(', ', 'pid ' || a.pid, a.state, nullif(a.application_name, '')) AS detail
    FROM pg_stat_activity AS a
    WHERE (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
      AND a.backend_type <> 'walsender'
      AND a.pid <> pg_backend_pid()
      -- The server ignores the snapshot of VACUUM, also that of autovacuum.
      AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum AS v WHERE v.pid = a.pid)
    UNION ALL
    SELECT 'prepared', CAST(p.database AS text), age(p.transaction), p.gid
    FROM pg_prepared_xacts AS p
    UNION ALL
    -- Standbys with hot_standby_feedback and without a slot.
    SELECT 'standby', r.application_name, age(r.backend_xmin), concat_ws(', ', r.state, host(r.client_addr))
    FROM pg_stat_replication AS r
    WHERE r.backend_xmin IS NOT NULL
    UNION ALL
    SELECT 'slot', CAST(s.slot_name AS text), greatest(age(s.xmin), age(s.catalog_xmin)),
           concat_ws(', ', s.slot_type, CASE WHEN s.xmin IS NULL THEN 'system catalogs only' END,
                     CASE WHEN s.active THEN 'active' ELSE 'not active' END)
    FROM pg_replication_slots AS s
    WHERE (s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL)
      -- The server ignores a slot that it has invalidated.
      AND s.wal_status IS DISTINCT FROM 'lost'
)
SELECT DISTINCT ON (h.kind, h.holder)
       h.kind AS kind,
       h.holder AS holder,
       100.0 * greatest(h.xid_age, 0) / CAST(current_setting('autovacuum_freeze_max_age') AS double precision)
           AS freeze_age_used,
       CAST(greatest(h.xid_age, 0) AS bigint) AS xid_age,
       h.detail AS detail
FROM holder AS h
ORDER BY h.kind, h.holder, h.xid_age DESC
