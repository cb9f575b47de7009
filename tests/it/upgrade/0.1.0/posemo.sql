COMMENT ON DATABASE posemo IS '{"posemo":true}';
CREATE SCHEMA posemo;
ALTER SCHEMA posemo OWNER TO postgres;
COMMENT ON SCHEMA posemo IS '{"posemo":true,"databases":["app"]}';
CREATE FUNCTION posemo.alive() RETURNS TABLE(alive boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    SET transform_null_equals TO 'off'
    SET lock_timeout TO '2s'
    SET row_security TO 'off'
    SET restrict_nonsystem_relation_kind TO 'view,foreign-table'
    AS $$
SELECT posemo_row."alive"
FROM (
SELECT true AS alive
) AS posemo_row
LIMIT 100001
$$;
ALTER FUNCTION posemo.alive() OWNER TO posemo_plain;
COMMENT ON FUNCTION posemo.alive() IS '{"posemo":"0.1.0","sha256":"7c5dc56aa28deb31fe2a5e85328b179b9e338524c21d55b68a07505e64dbd9fc"}';
CREATE FUNCTION posemo.archiver_failing() RETURNS TABLE(archive_mode text, standby boolean, configured boolean, archived bigint, failed bigint, since_success double precision, since_failure double precision, failed_file text, waiting bigint, oldest_waiting double precision)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    SET transform_null_equals TO 'off'
    SET lock_timeout TO '2s'
    SET row_security TO 'off'
    SET restrict_nonsystem_relation_kind TO 'view,foreign-table'
    AS $$
SELECT posemo_row."archive_mode", posemo_row."standby", posemo_row."configured", posemo_row."archived", posemo_row."failed", posemo_row."since_success", posemo_row."since_failure", posemo_row."failed_file", posemo_row."waiting", posemo_row."oldest_waiting"
FROM (
SELECT current_setting('archive_mode') AS archive_mode,
       pg_is_in_recovery() AS standby,
       -- Servers before 15 have no archive_library.
       current_setting('archive_mode') <> 'off'
           AND (current_setting('archive_command') <> ''
                OR coalesce(current_setting('archive_library', true), '') <> '') AS configured,
       a.archived_count AS archived,
       a.failed_count AS failed,
       CAST(extract(epoch FROM clock_timestamp() - a.last_archived_time) AS double precision) AS since_success,
       CAST(extract(epoch FROM clock_timestamp() - a.last_failed_time) AS double precision) AS since_failure,
       a.last_failed_wal AS failed_file,
       w.waiting AS waiting,
       w.oldest AS oldest_waiting
FROM pg_stat_archiver AS a
LEFT JOIN LATERAL (
    -- A file is marked as ready when the server has written the last byte of its WAL segment.
    SELECT count(*) AS waiting,
           CAST(coalesce(extract(epoch FROM clock_timestamp() - min(f.modification)), 0) AS double precision) AS oldest
    FROM pg_ls_archive_statusdir() AS f
    WHERE f.name LIKE '%.ready'
) AS w ON current_setting('archive_mode') = 'always'
       OR current_setting('archive_mode') = 'on' AND NOT pg_is_in_recovery()
) AS posemo_row
LIMIT 100001
$$;
ALTER FUNCTION posemo.archiver_failing() OWNER TO posemo_monitor;
COMMENT ON FUNCTION posemo.archiver_failing() IS '{"posemo":"0.1.0","sha256":"18ec63b6194e61256899a890844593f3c785960af0d5f549a140c9ca96901a79"}';
CREATE FUNCTION posemo.cache_hit_ratio(minimum bigint DEFAULT 1000000) RETURNS TABLE(database text, hit_ratio double precision, blocks_hit bigint, blocks_read bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    SET transform_null_equals TO 'off'
    SET lock_timeout TO '2s'
    SET row_security TO 'off'
    SET restrict_nonsystem_relation_kind TO 'view,foreign-table'
    AS $$
SELECT posemo_row."database", posemo_row."hit_ratio", posemo_row."blocks_hit", posemo_row."blocks_read"
FROM (
-- These are the functions of pg_stat_database. To plan the whole view takes longer than to run it.
SELECT CAST(s.datname AS text) AS database,
       CASE WHEN s.hit + s.read >= CAST(greatest(cache_hit_ratio.minimum, bigint '1') AS float8)
            THEN float8 '100' * s.hit / (s.hit + s.read)
       END AS hit_ratio,
       CAST(s.hit AS bigint) AS blocks_hit,
       CAST(s.read AS bigint) AS blocks_read
FROM (
    SELECT d.datname,
           CAST(pg_stat_get_db_blocks_hit(d.oid) AS float8) AS hit,
           CAST(pg_stat_get_db_blocks_fetched(d.oid) - pg_stat_get_db_blocks_hit(d.oid) AS float8) AS read
    FROM pg_database AS d
    WHERE NOT d.datistemplate
) AS s
) AS posemo_row
ORDER BY posemo_row."hit_ratio" NULLS LAST, CAST(posemo_row."database" AS text) COLLATE "C"
LIMIT 100001
$$;
ALTER FUNCTION posemo.cache_hit_ratio(minimum bigint) OWNER TO posemo_plain;
COMMENT ON FUNCTION posemo.cache_hit_ratio(minimum bigint) IS '{"posemo":"0.1.0","sha256":"17a8a854c15a1e7d9e630778e97b067cdba96e9d19021d33b81983d7dad5cb06"}';
CREATE FUNCTION posemo.checkpoint_pressure(minimum integer DEFAULT 100) RETURNS TABLE(requested_share double precision, timed bigint, requested bigint, write_time double precision, sync_time double precision)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    SET transform_null_equals TO 'off'
    SET lock_timeout TO '2s'
    SET row_security TO 'off'
    SET restrict_nonsystem_relation_kind TO 'view,foreign-table'
    AS $$
SELECT posemo_row."requested_share", posemo_row."timed", posemo_row."requested", posemo_row."write_time", posemo_row."sync_time"
FROM (
SELECT CASE WHEN b.checkpoints_timed + b.checkpoints_req >= greatest(checkpoint_pressure.minimum, 1)
            THEN CAST(b.checkpoints_req AS double precision) / (b.checkpoints_timed + b.checkpoints_req)
       END AS requested_share,
       b.checkpoints_timed AS timed,
       b.checkpoints_req AS requested,
       b.checkpoint_write_time / 1000 AS write_time,
       b.checkpoint_sync_time / 1000 AS sync_time
FROM pg_stat_bgwriter AS b
) AS posemo_row
LIMIT 100001
$$;
ALTER FUNCTION posemo.checkpoint_pressure(minimum integer) OWNER TO posemo_plain;
COMMENT ON FUNCTION posemo.checkpoint_pressure(minimum integer) IS '{"posemo":"0.1.0","sha256":"4f76a76647e17a14f4263d60e7756ec0499dfcb72e0a7e1ef53ce8da7a44a8bd"}';
CREATE FUNCTION posemo.connection_usage(smallest_limit integer DEFAULT 10) RETURNS TABLE(place text, used double precision, connections integer, available integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    SET transform_null_equals TO 'off'
    SET lock_timeout TO '2s'
    SET row_security TO 'off'
    SET restrict_nonsystem_relation_kind TO 'view,foreign-table'
    AS $$
SELECT posemo_row."place", posemo_row."used", posemo_row."connections", posemo_row."available"
FROM (
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
       p.available AS available
FROM place AS p
) AS posemo_row
ORDER BY least(
  CASE WHEN posemo_row."used" IS NOT NULL
    THEN row_number() OVER (ORDER BY posemo_row."used" DESC NULLS LAST, CAST(posemo_row."place" AS text) COLLATE "C") END,
  CASE WHEN posemo_row."connections" IS NOT NULL
    THEN row_number() OVER (ORDER BY posemo_row."connections" DESC NULLS LAST, CAST(posemo_row."place" AS text) COLLATE "C") END
) NULLS LAST, CAST(posemo_row."place" AS text) COLLATE "C"
LIMIT 100001
$$;
ALTER FUNCTION posemo.connection_usage(smallest_limit integer) OWNER TO posemo_stats;
COMMENT ON FUNCTION posemo.connection_usage(smallest_limit integer) IS '{"posemo":"0.1.0","sha256":"ef377146c73fba6d5cb7c9e3e864861d2396578f561efed63b9e1ec792df468d"}';
CREATE FUNCTION posemo.database_size() RETURNS TABLE(database text, size bigint, usable boolean, tablespace text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    SET transform_null_equals TO 'off'
    SET lock_timeout TO '2s'
    SET row_security TO 'off'
    SET restrict_nonsystem_relation_kind TO 'view,foreign-table'
    AS $$
SELECT posemo_row."database", posemo_row."size", posemo_row."usable", posemo_row."tablespace"
FROM (
SELECT CAST(d.datname AS text) AS database,
       -- The function raises an error for a database that was dropped since the query began; the privilege is then NULL.
       CASE WHEN has_database_privilege(d.oid, 'CONNECT') IS NOT NULL THEN pg_database_size(d.oid) END AS size,
       CASE WHEN d.datconnlimit <> -2 THEN true
            -- DROP DATABASE sets the limit before it removes the files, and holds this lock until its end.
            WHEN NOT EXISTS (
                SELECT FROM pg_locks AS l
                WHERE l.locktype = 'object'
                  AND l.classid = CAST('pg_database' AS regclass)
                  AND l.objid = d.oid
                  AND l.mode = 'AccessExclusiveLock') THEN false
       END AS usable,
       CAST(t.spcname AS text) AS tablespace
FROM pg_database AS d
LEFT JOIN pg_tablespace AS t ON t.oid = d.dattablespace
-- A template such as template0 does not allow connections, so it cannot grow. To read its files takes as long as for others.
WHERE d.datallowconn OR NOT d.datistemplate
) AS posemo_row
ORDER BY least(
  CASE WHEN posemo_row."size" IS NOT NULL
    THEN row_number() OVER (ORDER BY posemo_row."size" DESC NULLS LAST, CAST(posemo_row."database" AS text) COLLATE "C", CAST(posemo_row."tablespace" AS text) COLLATE "C") END,
  CASE WHEN NOT posemo_row."usable"
    THEN row_number() OVER (ORDER BY posemo_row."usable" NULLS LAST, CAST(posemo_row."database" AS text) COLLATE "C", CAST(posemo_row."tablespace" AS text) COLLATE "C") END
) NULLS LAST, CAST(posemo_row."database" AS text) COLLATE "C", CAST(posemo_row."tablespace" AS text) COLLATE "C"
LIMIT 100001
$$;
ALTER FUNCTION posemo.database_size() OWNER TO posemo_stats;
COMMENT ON FUNCTION posemo.database_size() IS '{"posemo":"0.1.0","sha256":"e38f2c569e4ab1894238d3a1c6fd54361041be4ed0b4f4953caf9f25d126bb9e"}';
CREATE FUNCTION posemo.password_verifiers() RETURNS TABLE(md5 bigint, scram bigint, no_password bigint, other bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    SET transform_null_equals TO 'off'
    SET lock_timeout TO '2s'
    SET row_security TO 'off'
    SET restrict_nonsystem_relation_kind TO 'view,foreign-table'
    AS $_$
SELECT posemo_row."md5", posemo_row."scram", posemo_row."no_password", posemo_row."other"
FROM (
-- The inner SELECT returns only the form of a verifier, and no expression can raise an error that contains the verifier.
SELECT count(*) FILTER (WHERE v.kind = 'md5') AS md5,
       count(*) FILTER (WHERE v.kind = 'scram') AS scram,
       count(*) FILTER (WHERE v.kind = 'none') AS no_password,
       count(*) FILTER (WHERE v.kind = 'other') AS other
FROM (
    SELECT CASE WHEN a.rolpassword IS NULL THEN 'none'
                WHEN a.rolpassword LIKE 'SCRAM-SHA-256$%:%$%:%' THEN 'scram'
                WHEN a.rolpassword LIKE 'md5%'
                     AND length(a.rolpassword) = 35
                     AND translate(substr(a.rolpassword, 4), '0123456789abcdef', '') = '' THEN 'md5'
                ELSE 'other'
           END AS kind
    FROM pg_authid AS a
    JOIN pg_roles AS r ON r.rolname = a.rolname
    WHERE r.rolcanlogin
) AS v
) AS posemo_row
LIMIT 100001
$_$;
ALTER FUNCTION posemo.password_verifiers() OWNER TO posemo_authid;
COMMENT ON FUNCTION posemo.password_verifiers() IS '{"posemo":"0.1.0","sha256":"b19a5f7c5b67f0fc8027ebd175b2e7e3c3a0ea029daa251572c166cc6a9c6ac2"}';
CREATE FUNCTION posemo.replication_lag() RETURNS TABLE(lag double precision, behind bigint, since_replay double precision, overdue double precision, receiving boolean, replaying boolean, source text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    SET transform_null_equals TO 'off'
    SET lock_timeout TO '2s'
    SET row_security TO 'off'
    SET restrict_nonsystem_relation_kind TO 'view,foreign-table'
    AS $$
SELECT posemo_row."lag", posemo_row."behind", posemo_row."since_replay", posemo_row."overdue", posemo_row."receiving", posemo_row."replaying", posemo_row."source"
FROM (
WITH state AS MATERIALIZED (
    -- The known position is read before the replayed position, so that WAL which arrives in between does not count as
    -- lag.
    SELECT coalesce(w.status = 'streaming', false) AS streams,
           greatest(pg_last_wal_receive_lsn(), w.latest_end_lsn) AS known,
           pg_last_wal_replay_lsn() AS replayed,
           -- The checkpoint in the control file of a standby is replayed. After a start there may be no replayed commit.
           -- A standby that replays with a delay is late when it exceeds the delay.
           CAST(extract(epoch FROM clock_timestamp()
                        - greatest(pg_last_xact_replay_timestamp(), c.checkpoint_time)
                        - CAST(current_setting('recovery_min_apply_delay') AS interval))
                AS double precision) AS age,
           -- Requests for an answer are due after half of the time-out, so that only a broken connection exceeds it.
           CASE WHEN w.status = 'streaming' AND CAST(current_setting('wal_receiver_timeout') AS interval) > interval '0'
                THEN CAST(extract(epoch FROM clock_timestamp() - w.last_msg_receipt_time
                                  - CAST(current_setting('wal_receiver_timeout') AS interval))
                          AS double precision)
           END AS overdue,
           a.wait_event = 'RecoveryApplyDelay' AS delays,
           -- Replay waits for a query on the standby, or is paused.
           coalesce(a.wait_event_type IN ('Lock', 'BufferPin') OR a.wait_event LIKE 'RecoveryConflict%'
                    OR a.wait_event = 'RecoveryPause', false) AS waits,
           -- If the server was promoted since the start of the query, the function raises an error.
           CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END AS paused,
           current_setting('primary_conninfo') <> '' AS has_primary,
           current_setting('restore_command') <> '' AS has_archive
    FROM (SELECT 1) AS one
    LEFT JOIN pg_stat_wal_receiver AS w ON true
    LEFT JOIN pg_control_checkpoint() AS c ON true
    LEFT JOIN pg_stat_get_activity(NULL) AS a ON a.backend_type = 'startup'
    WHERE pg_is_in_recovery()
), distance AS (
    SELECT s.*,
           CASE WHEN s.streams THEN greatest(pg_wal_lsn_diff(s.known, s.replayed), 0) END AS behind,
           pg_size_bytes(current_setting('wal_segment_size')) AS segment
    FROM state AS s
)
SELECT CASE WHEN NOT s.streams THEN NULL
            -- The age of the newest commit is the lag only if commits wait. While one transaction of the primary
            -- writes for a long time, its WAL is replayed at once and the age grows.
            WHEN s.behind = 0 OR s.delays THEN 0
            WHEN s.behind < s.segment AND NOT s.waits AND NOT s.paused THEN 0
            ELSE greatest(s.age, 0)
       END AS lag,
       CAST(s.behind AS bigint) AS behind,
       CASE WHEN NOT s.streams THEN greatest(s.age, 0) END AS since_replay,
       greatest(s.overdue, 0) AS overdue,
       CASE WHEN s.has_primary OR s.streams THEN s.streams END AS receiving,
       NOT s.paused AS replaying,
       CASE WHEN s.streams THEN 'stream'
            WHEN s.has_archive THEN 'archive'
            ELSE 'nowhere'
       END AS source
FROM distance AS s
) AS posemo_row
LIMIT 100001
$$;
ALTER FUNCTION posemo.replication_lag() OWNER TO posemo_monitor;
COMMENT ON FUNCTION posemo.replication_lag() IS '{"posemo":"0.1.0","sha256":"1cce7f9ba1a550ec0c643f3094621a3b333ddb32622071a159da907fb00f8908"}';
CREATE FUNCTION posemo.replication_role(expected text DEFAULT 'any'::text) RETURNS TABLE(as_expected boolean, role text, expected text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    SET transform_null_equals TO 'off'
    SET lock_timeout TO '2s'
    SET row_security TO 'off'
    SET restrict_nonsystem_relation_kind TO 'view,foreign-table'
    AS $$
SELECT posemo_row."as_expected", posemo_row."role", posemo_row."expected"
FROM (
SELECT coalesce(replication_role.expected IN ('any', s.role), false) AS as_expected,
       s.role AS role,
       replication_role.expected AS expected
FROM (SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END AS role) AS s
) AS posemo_row
LIMIT 100001
$$;
ALTER FUNCTION posemo.replication_role(expected text) OWNER TO posemo_plain;
COMMENT ON FUNCTION posemo.replication_role(expected text) IS '{"posemo":"0.1.0","sha256":"5eb274bb11004de46d9870641e51732919ac853822538e1a6b6a51da4528c330"}';
CREATE FUNCTION posemo.superusers(allowed text DEFAULT 'postgres'::text) RETURNS TABLE(name text, superuser boolean, through text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    SET transform_null_equals TO 'off'
    SET lock_timeout TO '2s'
    SET row_security TO 'off'
    SET restrict_nonsystem_relation_kind TO 'view,foreign-table'
    AS $$
SELECT posemo_row."name", posemo_row."superuser", posemo_row."through"
FROM (
-- Before 16, every direct or indirect member can become the role.
WITH allowed AS MATERIALIZED (
    -- The list is split once and not for each role, as it can be long.
    SELECT regexp_split_to_array(btrim(coalesce(superusers.allowed, '')), '[ ]*,[ ]*') AS names
)
SELECT CAST(r.rolname AS text) AS name,
       r.rolsuper AS superuser,
       (SELECT string_agg(quote_ident(s.rolname), ', ' ORDER BY s.rolname)
        FROM pg_roles AS s
        WHERE s.rolsuper AND NOT r.rolsuper AND pg_has_role(r.oid, s.oid, 'MEMBER')) AS through
FROM pg_roles AS r
WHERE r.rolcanlogin
  AND (r.rolsuper
       OR EXISTS (SELECT FROM pg_roles AS s WHERE s.rolsuper AND pg_has_role(r.oid, s.oid, 'MEMBER')))
  -- The role that initdb created is always a superuser.
  AND r.oid <> 10
  AND NOT r.rolname = ANY ((SELECT w.names FROM allowed AS w)::text[])
ORDER BY superuser DESC, name
) AS posemo_row
LIMIT 100001
$$;
ALTER FUNCTION posemo.superusers(allowed text) OWNER TO posemo_plain;
COMMENT ON FUNCTION posemo.superusers(allowed text) IS '{"posemo":"0.1.0","sha256":"4fddb7cac5fdad68cde6b6bd318328bdcb89198aa799126b173a59928eb96b2f"}';
CREATE FUNCTION posemo.wraparound_age() RETURNS TABLE(database text, xids_used double precision, multixacts_used double precision, xids_due double precision, multixacts_due double precision, xid_age bigint, multixact_age bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET standard_conforming_strings TO 'on'
    SET transform_null_equals TO 'off'
    SET lock_timeout TO '2s'
    SET row_security TO 'off'
    SET restrict_nonsystem_relation_kind TO 'view,foreign-table'
    AS $$
SELECT posemo_row."database", posemo_row."xids_used", posemo_row."multixacts_used", posemo_row."xids_due", posemo_row."multixacts_due", posemo_row."xid_age", posemo_row."multixact_age"
FROM (
WITH database AS (
    SELECT CAST(d.datname AS text) AS database,
           CAST(age(d.datfrozenxid) AS double precision) AS xid_age,
           CAST(mxid_age(d.datminmxid) AS double precision) AS multixact_age
    FROM pg_database AS d
    -- A database whose removal was interrupted is not vacuumed, and it holds back no other.
    WHERE d.datconnlimit <> -2
)
SELECT d.database AS database,
       d.xid_age / 2147483648 * 100 AS xids_used,
       d.multixact_age / 2147483648 * 100 AS multixacts_used,
       d.xid_age / CAST(current_setting('autovacuum_freeze_max_age') AS double precision) * 100 AS xids_due,
       d.multixact_age / CAST(current_setting('autovacuum_multixact_freeze_max_age') AS double precision) * 100
           AS multixacts_due,
       CAST(d.xid_age AS bigint) AS xid_age,
       CAST(d.multixact_age AS bigint) AS multixact_age
FROM database AS d
) AS posemo_row
ORDER BY least(
  CASE WHEN posemo_row."xids_used" IS NOT NULL
    THEN row_number() OVER (ORDER BY posemo_row."xids_used" DESC NULLS LAST, CAST(posemo_row."database" AS text) COLLATE "C") END,
  CASE WHEN posemo_row."multixacts_used" IS NOT NULL
    THEN row_number() OVER (ORDER BY posemo_row."multixacts_used" DESC NULLS LAST, CAST(posemo_row."database" AS text) COLLATE "C") END,
  CASE WHEN posemo_row."xids_due" IS NOT NULL
    THEN row_number() OVER (ORDER BY posemo_row."xids_due" DESC NULLS LAST, CAST(posemo_row."database" AS text) COLLATE "C") END,
  CASE WHEN posemo_row."multixacts_due" IS NOT NULL
    THEN row_number() OVER (ORDER BY posemo_row."multixacts_due" DESC NULLS LAST, CAST(posemo_row."database" AS text) COLLATE "C") END
) NULLS LAST, CAST(posemo_row."database" AS text) COLLATE "C"
LIMIT 100001
$$;
ALTER FUNCTION posemo.wraparound_age() OWNER TO posemo_plain;
COMMENT ON FUNCTION posemo.wraparound_age() IS '{"posemo":"0.1.0","sha256":"daf6b7e63bea5682db71005adb4783b972e16a41fda7b072a51350ab97bc665a"}';
REVOKE CONNECT,TEMPORARY ON DATABASE posemo FROM PUBLIC;
GRANT CONNECT ON DATABASE posemo TO pg_read_all_data;
GRANT CONNECT ON DATABASE posemo TO posemo;
GRANT USAGE ON SCHEMA posemo TO posemo;
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_close(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_creat(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_create(oid) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_get(oid) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_get(oid, bigint, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_lseek(integer, integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_lseek64(integer, bigint, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_open(oid, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_put(oid, bigint, bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_tell(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_tell64(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_truncate(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_truncate64(integer, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lo_unlink(oid) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.loread(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.lowrite(integer, bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_lock(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_lock(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_lock_shared(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_lock_shared(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_unlock(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_unlock(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_unlock_all() FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_unlock_shared(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_unlock_shared(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock_shared(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_advisory_xact_lock_shared(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_current_xact_id() FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_export_snapshot() FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_notify(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_sleep_for(interval) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_sleep_until(timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_lock(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_lock(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_lock_shared(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_lock_shared(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_xact_lock(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_xact_lock(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_xact_lock_shared(bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.pg_try_advisory_xact_lock_shared(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION pg_catalog.txid_current() FROM PUBLIC;
REVOKE ALL ON FUNCTION posemo.alive() FROM PUBLIC;
GRANT ALL ON FUNCTION posemo.alive() TO posemo;
REVOKE ALL ON FUNCTION posemo.archiver_failing() FROM PUBLIC;
GRANT ALL ON FUNCTION posemo.archiver_failing() TO posemo;
REVOKE ALL ON FUNCTION posemo.cache_hit_ratio(minimum bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION posemo.cache_hit_ratio(minimum bigint) TO posemo;
REVOKE ALL ON FUNCTION posemo.checkpoint_pressure(minimum integer) FROM PUBLIC;
GRANT ALL ON FUNCTION posemo.checkpoint_pressure(minimum integer) TO posemo;
REVOKE ALL ON FUNCTION posemo.connection_usage(smallest_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION posemo.connection_usage(smallest_limit integer) TO posemo;
REVOKE ALL ON FUNCTION posemo.database_size() FROM PUBLIC;
GRANT ALL ON FUNCTION posemo.database_size() TO posemo;
REVOKE ALL ON FUNCTION posemo.password_verifiers() FROM PUBLIC;
GRANT ALL ON FUNCTION posemo.password_verifiers() TO posemo;
REVOKE ALL ON FUNCTION posemo.replication_lag() FROM PUBLIC;
GRANT ALL ON FUNCTION posemo.replication_lag() TO posemo;
REVOKE ALL ON FUNCTION posemo.replication_role(expected text) FROM PUBLIC;
GRANT ALL ON FUNCTION posemo.replication_role(expected text) TO posemo;
REVOKE ALL ON FUNCTION posemo.superusers(allowed text) FROM PUBLIC;
GRANT ALL ON FUNCTION posemo.superusers(allowed text) TO posemo;
REVOKE ALL ON FUNCTION posemo.wraparound_age() FROM PUBLIC;
GRANT ALL ON FUNCTION posemo.wraparound_age() TO posemo;
GRANT SELECT(rolname) ON TABLE pg_catalog.pg_authid TO posemo_authid;
GRANT SELECT(rolpassword) ON TABLE pg_catalog.pg_authid TO posemo_authid;
