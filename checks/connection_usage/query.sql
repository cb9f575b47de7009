WITH client AS MATERIALIZED (
    -- The function of pg_stat_activity, without the joins of the view.
    SELECT a.datid, a.usesysid
    FROM pg_stat_get_activity(NULL) AS a
    WHERE a.backend_type = 'client backend'
      -- posemo must not change what it measures.
      AND NOT (a.usesysid = CAST(session_user AS regrole) AND a.application_name LIKE 'posemo/%')
), place AS (
    -- Servers before 16 have no reserved_connections.
    SELECT 'server' AS place,
           (SELECT count(*) FROM client) AS connections,
           CAST(current_setting('max_connections') AS integer)
           - CAST(current_setting('superuser_reserved_connections') AS integer)
           - coalesce(CAST(current_setting('reserved_connections', true) AS integer), 0) AS available
    UNION ALL
    SELECT concat('database ', d.datname),
           (SELECT count(*) FROM client AS c WHERE c.datid = d.oid),
           d.datconnlimit
    FROM pg_database AS d
    WHERE d.datconnlimit >= greatest(connection_usage.smallest_limit, 1)
    UNION ALL
    -- A limit does not apply to superusers, and the limit of the monitor role is low on purpose.
    SELECT concat('role ', r.rolname),
           (SELECT count(*) FROM client AS c WHERE c.usesysid = r.oid),
           r.rolconnlimit
    FROM pg_roles AS r
    WHERE r.rolconnlimit >= greatest(connection_usage.smallest_limit, 1)
      AND r.rolcanlogin
      AND NOT r.rolsuper
      AND r.rolname <> session_user
)
SELECT p.place AS place,
       CAST(100.0 * p.connections / p.available AS double precision) AS used,
       CAST(p.connections AS integer) AS connections,
       CAST(greatest(p.available - p.connections, 0) AS integer) AS free,
       p.available AS available
FROM place AS p
