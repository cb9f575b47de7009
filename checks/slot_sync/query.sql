SELECT CAST(NULL AS name) AS slot,
       CASE WHEN CAST(current_setting('sync_replication_slots') AS boolean)
            THEN (SELECT CAST(count(*) AS integer)
                  FROM pg_stat_get_activity(NULL) AS a
                  WHERE a.backend_type = 'slotsync worker')
       END AS workers,
       CAST(NULL AS boolean) AS ready,
       CAST(NULL AS text) AS skipped
UNION ALL
-- A slot is temporary until the standby has what the slot needs.
SELECT s.slot_name,
       CAST(NULL AS integer),
       NOT s.temporary AND s.invalidation_reason IS NULL,
       -- Servers before 19 do not have this column.
       to_jsonb(s) ->> 'slotsync_skip_reason'
FROM pg_replication_slots AS s
WHERE s.synced
