SELECT s.slot_name AS slot,
       CAST(f.size AS bigint) AS size,
       f.files AS files
FROM pg_replication_slots AS s
CROSS JOIN LATERAL (
    -- The directory also contains the state of the slot.
    SELECT count(*) AS files, coalesce(sum(d.size), 0) AS size
    FROM pg_ls_replslotdir(CAST(s.slot_name AS text)) AS d
    WHERE d.name LIKE '%.spill'
) AS f
WHERE s.slot_type = 'logical'
  -- Others end with their session, perhaps while the query runs.
  AND NOT s.temporary
