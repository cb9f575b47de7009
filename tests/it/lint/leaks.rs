//! Queries that would return a secret: in a column, in an error, or by guesses of the caller.

use super::bad::{Row, case, since, text};

/// The case, the rule, and a part of the refusal.
pub(crate) const CASES: &[Row] = &[
    // Secrets that are returned, through every kind of expression.
    (
        case("authid", "text", "SELECT rolpassword AS x FROM pg_authid"),
        "secret_returned",
        "column x: would return pg_authid.rolpassword",
    ),
    (
        case("authid", "text", "SELECT substr(a.rolpassword, 1, 5) AS x FROM pg_authid AS a"),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        case("authid", "text", "SELECT s.p AS x FROM (SELECT passwd AS p FROM pg_shadow) AS s"),
        "secret_returned",
        "pg_shadow.passwd",
    ),
    (
        case(
            "authid",
            "text",
            "WITH p AS (SELECT * FROM pg_authid) SELECT coalesce(rolpassword, 'none') AS x FROM p",
        ),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "text",
            "WITH RECURSIVE r(n, v) AS (SELECT 1, '' COLLATE \"C\" UNION ALL SELECT n + 1, (SELECT max(rolpassword) FROM pg_authid) FROM r WHERE n < 3) SELECT v AS x FROM r",
        ),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        case("authid", "text", "SELECT 'none' AS x UNION ALL SELECT rolpassword FROM pg_authid"),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT CASE WHEN a.rolsuper THEN a.rolpassword ELSE 'x' END AS x FROM pg_authid AS a",
        ),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        case("authid", "text", "SELECT (a).rolpassword AS x FROM pg_authid AS a"),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        case("authid", "text", "SELECT string_agg(left(rolpassword, 3), ',') AS x FROM pg_authid"),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT l.p AS x FROM (pg_authid AS a JOIN pg_class AS c USING (oid)) LEFT JOIN LATERAL (SELECT a.rolpassword AS p) AS l ON true",
        ),
        "secret_returned",
        "rolpassword",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT v.p AS x FROM pg_authid AS a, LATERAL (VALUES (a.rolpassword), ('x')) AS v (p)",
        ),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT lag(a.rolpassword) OVER (ORDER BY a.rolname) AS x FROM pg_authid AS a",
        ),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        case("authid", "text", "SELECT (ARRAY[a.rolpassword])[1] AS x FROM pg_authid AS a"),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT greatest(a.rolpassword, '') AS x FROM pg_authid AS a GROUP BY a.rolpassword",
        ),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT u AS x FROM pg_authid AS a, unnest(ARRAY[a.rolpassword]) AS u",
        ),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        case("authid", "bigint", "SELECT CAST(length(rolpassword) AS bigint) AS x FROM pg_authid"),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    (
        text("SELECT a.query AS x FROM pg_stat_activity AS a"),
        "secret_returned",
        "pg_stat_activity.query",
    ),
    (
        text("SELECT g.q AS x FROM pg_stat_get_activity(NULL) AS g (a, b, c, d, e, q)"),
        "secret_returned",
        "pg_stat_get_activity().query",
    ),
    (
        text("SELECT (pg_stat_get_activity(NULL)).query AS x"),
        "secret_returned",
        "pg_stat_get_activity().query",
    ),
    (
        text("SELECT pg_stat_get_backend_activity(1) AS x"),
        "secret_returned",
        "pg_stat_get_backend_activity()",
    ),
    (
        text("SELECT array_to_string(h.options, ',') AS x FROM pg_hba_file_rules AS h"),
        "secret_returned",
        "pg_hba_file_rules.options",
    ),
    (
        text("SELECT subconninfo AS x FROM pg_subscription"),
        "secret_returned",
        "pg_subscription.subconninfo",
    ),
    (
        text("SELECT array_to_string(umoptions, ' ') AS x FROM pg_user_mappings"),
        "secret_returned",
        "pg_user_mappings.umoptions",
    ),
    (
        text("SELECT array_to_string(most_common_vals, ' ') AS x FROM pg_stats"),
        "secret_returned",
        "pg_stats.most_common_vals",
    ),
    (
        text("SELECT statement AS x FROM pg_prepared_statements"),
        "secret_returned",
        "pg_prepared_statements.statement",
    ),
    (
        text("SELECT conninfo AS x FROM pg_stat_wal_receiver"),
        "secret_returned",
        "pg_stat_wal_receiver.conninfo",
    ),
    (
        text("SELECT setting AS x FROM pg_settings WHERE name = 'work_mem'"),
        "secret_returned",
        "pg_settings.setting",
    ),
    (
        text("SELECT current_setting('primary_conninfo') AS x"),
        "secret_returned",
        "the setting primary_conninfo",
    ),
    (
        text("SELECT current_setting('app.jwt_secret', true) AS x"),
        "secret_returned",
        "the setting app.jwt_secret",
    ),
    (
        text("SELECT current_setting('primary_' || 'conninfo') AS x"),
        "secret_returned",
        "a setting whose name is not a constant",
    ),
    // Secrets in errors.
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid WHERE CAST(rolpassword AS integer) > 0",
        ),
        "secret_in_error",
        "a cast: reads pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid WHERE to_number(rolpassword, '9') > 0",
        ),
        "secret_in_error",
        "to_number(): reads pg_authid.rolpassword",
    ),
    (
        case("authid", "bigint", "SELECT count(to_json(a)) AS x FROM pg_authid AS a"),
        "secret_in_error",
        "to_json(): reads pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid WHERE has_table_privilege(rolpassword, 'SELECT')",
        ),
        "secret_in_error",
        "has_table_privilege()",
    ),
    // Secrets that the caller could guess.
    (
        case("authid", "bigint", "SELECT count(*) AS x FROM pg_authid WHERE rolpassword LIKE word"),
        "secret_guessed",
        "with the argument word",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid WHERE substr(rolpassword, CAST(minimum AS integer), 1) = 'a'",
        ),
        "secret_guessed",
        "with the argument minimum",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_authid WHERE rolpassword IN (SELECT word)",
        ),
        "secret_guessed",
        "with the argument word",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM (SELECT rolpassword FROM pg_authid INTERSECT SELECT word) AS s",
        ),
        "secret_guessed",
        "UNION, INTERSECT or EXCEPT",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(DISTINCT v.p) AS x FROM pg_authid AS a, LATERAL (VALUES (a.rolpassword), (word)) AS v (p)",
        ),
        "secret_guessed",
        "VALUES: uses pg_authid.rolpassword together with the argument word",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(DISTINCT coalesce(a.rolpassword, word)) AS x FROM pg_authid AS a",
        ),
        "secret_guessed",
        "the argument word",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(DISTINCT CASE WHEN a.rolsuper THEN a.rolpassword ELSE word END) AS x FROM pg_authid AS a",
        ),
        "secret_guessed",
        "CASE: uses",
    ),
    // Settings that the caller names.
    (
        text("SELECT current_setting(word) AS x"),
        "setting_by_caller",
        "uses the argument word as a name",
    ),
    (
        text("SELECT current_setting(n.name) AS x FROM (SELECT lower(word) AS name) AS n"),
        "setting_by_caller",
        "the argument word",
    ),
    // SQL of newer servers.
    (
        since(
            14,
            "text",
            "WITH RECURSIVE r(n, v) AS (SELECT 1, query FROM pg_stat_activity UNION ALL SELECT n + 1, v FROM r WHERE n < 2) CYCLE n SET again USING way SELECT v AS x FROM r",
        ),
        "secret_returned",
        "pg_stat_activity.query",
    ),
    (
        since(16, "text", "SELECT CAST(json_array(query) AS text) AS x FROM pg_stat_activity"),
        "secret_in_error",
        "a JSON expression: reads pg_stat_activity.query",
    ),
    (
        since(
            17,
            "text",
            "SELECT t.q AS x FROM pg_stat_activity AS a, JSON_TABLE(CAST('{}' AS jsonb), '$' PASSING a.query AS v COLUMNS (q text PATH '$v')) AS t",
        ),
        "secret_returned",
        "pg_stat_activity.query",
    ),
    (
        since(
            17,
            "text",
            "SELECT pg_get_wal_summarizer_state()::text AS x, pg_sync_replication_slots() IS NULL AS y",
        ),
        "function",
        "pg_sync_replication_slots(): creates, advances or drops",
    ),
];
