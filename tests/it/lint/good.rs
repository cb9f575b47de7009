//! Queries that pass, each similar to a query in `bad`, `leaks` or `generated`.
//!
//! The included checks pass too; they are not repeated here.

use super::Case;

const fn case(owner: &'static str, sql_type: &'static str, query: &'static str) -> Case {
    Case { owner, sql_type, query, since: 12 }
}

const fn count(owner: &'static str, query: &'static str) -> Case {
    case(owner, "bigint", query)
}

const fn text(query: &'static str) -> Case {
    case("monitor", "text", query)
}

/// The queries.
pub(crate) const CASES: &[Case] = &[
    // A semicolon, a keyword or a bracket in a text.
    text("SELECT 'a; DROP TABLE x' AS x -- ) AS y; COMMIT"),
    text("SELECT $q$set_config('a') ) FOR UPDATE$q$ AS x"),
    text("SELECT E'it\\'s' || E'\\'' AS x"),
    text("SELECT 'x' AS \"x\" WHERE word = 'pg_sleep(10)'"),
    // Volatile functions that only read.
    text("SELECT CAST(clock_timestamp() AS text) AS x"),
    text("SELECT CAST(pg_is_in_recovery() AS text) AS x"),
    count("monitor", "SELECT pg_database_size(oid) AS x FROM pg_database"),
    count("monitor", "SELECT size AS x FROM pg_ls_waldir()"),
    count("logs", "SELECT size AS x FROM pg_ls_logdir()"),
    count("monitor", "SELECT txid_current_if_assigned() AS x"),
    count(
        "monitor",
        "SELECT CAST(checkpoint_lsn - '0/0' AS bigint) AS x FROM pg_control_checkpoint()",
    ),
    // Secrets that are counted, compared with constants, or measured.
    count("authid", "SELECT count(*) AS x FROM pg_authid WHERE rolpassword IS NULL"),
    count("authid", "SELECT count(a) AS x FROM pg_authid AS a WHERE a.rolpassword LIKE 'md5%'"),
    case(
        "authid",
        "text",
        "SELECT CASE WHEN length(a.rolpassword) > 40 THEN 'long' ELSE 'short' END AS x FROM pg_authid AS a",
    ),
    case(
        "authid",
        "text",
        "SELECT CAST(a.rolname AS text) AS x FROM pg_authid AS a WHERE a.rolpassword = 'md5' || md5('admin' || a.rolname)",
    ),
    case("authid", "text", "SELECT CAST((a).rolname AS text) AS x FROM pg_authid AS a"),
    count(
        "authid",
        "SELECT count(*) AS x FROM pg_authid WHERE rolpassword LIKE 'md5%' AND length(rolname) > minimum",
    ),
    count(
        "monitor",
        "SELECT count(*) FILTER (WHERE a.query LIKE 'autovacuum:%') AS x FROM pg_stat_activity AS a",
    ),
    text("SELECT a.state AS x FROM pg_stat_activity AS a WHERE a.query <> '' AND a.pid > minimum"),
    text("SELECT g.state AS x FROM pg_stat_get_activity(NULL) AS g"),
    text("SELECT (pg_stat_get_activity(NULL)).state AS x"),
    text(
        "SELECT h.auth_method AS x FROM pg_hba_file_rules AS h WHERE array_length(h.options, 1) > 0",
    ),
    text("SELECT CAST(tablename AS text) AS x FROM pg_stats WHERE most_common_vals IS NOT NULL"),
    text(
        "SELECT slot_name AS x FROM pg_stat_wal_receiver WHERE conninfo ~ 'sslmode=(require|verify)'",
    ),
    // Settings.
    text("SELECT current_setting('work_mem') AS x"),
    text("SELECT current_setting('pg_stat_statements.max', true) AS x"),
    text(
        "SELECT CASE WHEN current_setting('primary_conninfo') <> '' THEN 'standby' ELSE 'primary' END AS x",
    ),
    text("SELECT name AS x FROM pg_settings WHERE setting <> boot_val AND name = word"),
    case("plain", "text", "SELECT setting AS x FROM pg_settings WHERE name = 'work_mem'"),
    text("SELECT CAST(ts_rewrite(tsquery 'a & b', tsquery 'a', tsquery 'c') AS text) AS x"),
    // Arguments in permitted places.
    text("SELECT upper(word) AS x"),
    text("SELECT CAST(to_regclass(word) AS text) AS x"),
    count("stats", "SELECT pg_relation_size(to_regclass(word)) AS x"),
    // Users' tables and types with an owner role without privileges.
    count("plain", "SELECT count(*) AS x FROM public.orders WHERE mood IS NULL"),
    count("plain", "SELECT max(id) AS x FROM public.orders WHERE note LIKE word"),
    // System catalogs with data about users' objects.
    text(
        "SELECT format('%I.%I', n.nspname, c.relname) AS x FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace",
    ),
    text(
        "SELECT CAST(c.oid AS regclass)::text AS x FROM pg_class AS c WHERE pg_total_relation_size(c.oid) > minimum",
    ),
    text("SELECT pg_get_indexdef(i.indexrelid) AS x FROM pg_index AS i WHERE NOT i.indisvalid"),
    text("SELECT CAST(table_name AS text) AS x FROM information_schema.tables"),
    // Kinds of SQL.
    count(
        "plain",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < minimum) SELECT count(*) AS x FROM r",
    ),
    count(
        "plain",
        "SELECT v.n AS x FROM (VALUES (bigint '1'), (2)) AS v (n) WHERE v.n = ANY (ARRAY[minimum, 2])",
    ),
    count(
        "plain",
        "SELECT sum(x) OVER (ORDER BY x ROWS 3 PRECEDING)::bigint AS x FROM generate_series(bigint '1', minimum) WITH ORDINALITY AS g (x, o)",
    ),
    count(
        "plain",
        "SELECT count(*) AS x FROM pg_class GROUP BY GROUPING SETS ((relkind), ()) HAVING count(*) > minimum LIMIT minimum",
    ),
    count("plain", "SELECT bigint '1' AS x EXCEPT SELECT minimum INTERSECT SELECT 2"),
    count(
        "plain",
        "SELECT count(*) AS x FROM pg_class AS a TABLESAMPLE SYSTEM (10) FULL JOIN pg_type AS t USING (oid) WHERE ROW(a.oid, 1) < ROW(t.oid, 2)",
    ),
    Case {
        owner: "plain",
        sql_type: "bigint",
        since: 14,
        query: "WITH RECURSIVE r(n) AS (SELECT bigint '1' UNION ALL SELECT n + 1 FROM r WHERE n < 3) CYCLE n SET again USING way SELECT n AS x FROM r WHERE NOT again",
    },
    Case {
        owner: "plain",
        sql_type: "text",
        since: 17,
        query: "SELECT t.q AS x FROM JSON_TABLE(jsonb '[1]', '$[*]' PASSING word AS v COLUMNS (q text PATH '$v')) AS t",
    },
    // A secret compared with constants or with the same row; settings by name.
    count(
        "authid",
        "SELECT count(*) AS x FROM pg_authid AS a WHERE a.rolpassword LIKE ANY (ARRAY['md5%', 'SCRAM%']) AND minimum > 0 LIMIT minimum",
    ),
    count(
        "authid",
        "WITH p AS (SELECT oid, rolname, rolpassword FROM pg_authid) SELECT count(*) AS x FROM p JOIN pg_roles AS r USING (oid) WHERE coalesce(p.rolpassword, 'none') IN ('none', 'x') AND r.rolcanlogin",
    ),
    count(
        "authid",
        "SELECT count(*) AS x FROM (SELECT rolname, left(rolpassword, 3) AS kind FROM pg_authid) AS s GROUP BY s.rolname HAVING bool_or(s.kind = 'md5') ORDER BY s.rolname",
    ),
    count(
        "monitor",
        "SELECT count(*) AS x FROM pg_hba_file_rules AS h WHERE EXISTS (SELECT FROM unnest(h.options) AS o WHERE o LIKE 'ldapbindpasswd=%')",
    ),
    count(
        "monitor",
        "SELECT count(*) AS x FROM pg_proc AS p WHERE pg_get_functiondef(p.oid) LIKE '%dblink%' AND p.prokind = 'f'",
    ),
    count(
        "monitor",
        "SELECT count(*) AS x FROM pg_attrdef AS d WHERE pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%'",
    ),
    count(
        "authid",
        "SELECT count(*) AS x FROM pg_authid AS a WHERE a.rolpassword = 'md5' || md5(a.rolname || a.rolname)",
    ),
    count(
        "plain",
        "SELECT count(*) AS x FROM pg_db_role_setting AS s WHERE cardinality(s.setconfig) > 1",
    ),
    count(
        "plain",
        "SELECT count(*) AS x FROM pg_proc AS p WHERE p.prosrc ILIKE '%dblink_connect%'",
    ),
];
