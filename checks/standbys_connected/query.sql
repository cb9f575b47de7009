WITH standby AS MATERIALIZED (
    SELECT r.application_name AS name
    FROM pg_stat_replication AS r
    -- Base backups have other states, and programs that only receive WAL replay nothing.
    WHERE r.state IN ('streaming', 'catchup')
      AND r.replay_lsn IS NOT NULL
      AND NOT EXISTS (
        SELECT FROM pg_replication_slots AS l WHERE l.active_pid = r.pid AND l.slot_type = 'logical')
), absent AS (
    SELECT DISTINCT btrim(n.name) AS name
    FROM unnest(string_to_array(standbys_connected.names, ',')) AS n(name)
    WHERE btrim(n.name) <> ''
      AND NOT EXISTS (SELECT FROM standby AS s WHERE s.name = btrim(n.name))
)
SELECT greatest(CAST(standbys_connected.expected AS bigint) - s.connected, a.count, 0) AS missing,
       s.connected AS connected,
       a.names AS absent
FROM (SELECT count(*) AS connected FROM standby) AS s
CROSS JOIN (SELECT count(*) AS count, string_agg(x.name, ', ' ORDER BY x.name) AS names FROM absent AS x) AS a
