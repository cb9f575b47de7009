//! Queries that a check must not run, each with the rule that it breaks and a part of the refusal.
//!
//! `good` has similar queries that pass.

use super::Case;

pub(super) const fn case(owner: &'static str, sql_type: &'static str, query: &'static str) -> Case {
    Case { owner, sql_type, query, since: 12 }
}

pub(super) const fn text(query: &'static str) -> Case {
    case("monitor", "text", query)
}

const fn count(query: &'static str) -> Case {
    case("monitor", "bigint", query)
}

pub(super) const fn since(since: u32, sql_type: &'static str, query: &'static str) -> Case {
    Case { owner: "monitor", sql_type, query, since }
}

/// The case, the rule, and a part of the refusal.
pub(super) type Row = (Case, &'static str, &'static str);

/// All except queries with secrets.
pub(crate) const CASES: &[Row] = &[
    // Side effects.
    (
        text("SELECT set_config('work_mem', '1GB', false) AS x"),
        "function",
        "set_config(): changes a setting",
    ),
    (
        count("SELECT nextval('public.numbers') AS x FROM pg_class"),
        "function",
        "nextval(): changes a sequence",
    ),
    (
        text("SELECT CAST(lo_create(0) AS text) AS x"),
        "function",
        "lo_create(): reads or writes large objects",
    ),
    (
        text("SELECT CAST(lo_get(1) AS text) AS x"),
        "function",
        "lo_get(): reads or writes large objects",
    ),
    (
        text("SELECT pg_read_file('postgresql.conf') AS x"),
        "function",
        "pg_read_file(): reads files of the server",
    ),
    (
        text("SELECT CAST(pg_read_binary_file(word) AS text) AS x"),
        "function",
        "pg_read_binary_file(): reads files",
    ),
    (
        case(
            "logs",
            "bigint",
            "SELECT CAST(length(pg_read_binary_file('server.key', 0, 10)) AS bigint) AS x",
        ),
        "function",
        "pg_read_binary_file(): reads any file in the data directory",
    ),
    (
        case(
            "logs",
            "text",
            "SELECT encode(pg_read_binary_file(pg_current_logfile('csvlog'), 0, 10), 'hex') AS x",
        ),
        "function",
        "only the checks that posemo includes can call it",
    ),
    (
        case("logs", "text", "SELECT pg_read_file(word) AS x"),
        "function",
        "pg_read_file(): reads files of the server",
    ),
    (
        text("SELECT CAST(size AS text) AS x FROM pg_stat_file('base')"),
        "function",
        "pg_stat_file(): reads files",
    ),
    (text("SELECT f AS x FROM pg_ls_dir('.') AS f"), "function", "pg_ls_dir(): reads files"),
    (
        text("SELECT CAST(pg_terminate_backend(pid) AS text) AS x FROM pg_stat_activity"),
        "function",
        "pg_terminate_backend(): cancels queries or ends sessions",
    ),
    (text("SELECT 'x' AS x FROM pg_notify('a', 'b')"), "function", "pg_notify(): sends a message"),
    (
        text("SELECT 'x' AS x FROM pg_logical_emit_message(true, 'a', '')"),
        "function",
        "pg_logical_emit_message(): sends a message to other sessions or writes it to WAL",
    ),
    (
        text("SELECT 'x' AS x FROM pg_class WHERE pg_try_advisory_lock(1)"),
        "function",
        "pg_try_advisory_lock(): acquires or releases locks",
    ),
    (text("SELECT 'x' AS x FROM pg_sleep(10)"), "function", "pg_sleep(): holds the connection"),
    (
        text("SELECT data AS x FROM pg_logical_slot_peek_changes('s', NULL, NULL)"),
        "function",
        "pg_logical_slot_peek_changes(): creates, advances or drops",
    ),
    (
        text("SELECT CAST(pg_switch_wal() AS text) AS x"),
        "function",
        "pg_switch_wal(): controls the server",
    ),
    (
        text("SELECT CAST(pg_reload_conf() AS text) AS x"),
        "function",
        "pg_reload_conf(): controls the server",
    ),
    (
        text("SELECT 'x' AS x FROM pg_stat_reset()"),
        "function",
        "pg_stat_reset(): controls the server",
    ),
    (count("SELECT txid_current() AS x"), "function", "txid_current(): assigns a transaction id"),
    (
        text("SELECT CAST(gin_clean_pending_list(CAST(0 AS regclass)) AS text) AS x"),
        "function",
        "changes system catalogs or indexes",
    ),
    (
        text("SELECT current_query() AS x"),
        "function",
        "current_query(): is volatile, and posemo does not know that it only reads",
    ),
    // SQL in a text, and code that a text refers to.
    (
        text("SELECT CAST(query_to_xml(word, false, false, '') AS text) AS x"),
        "function",
        "query_to_xml(): runs SQL",
    ),
    (
        text("SELECT CAST(table_to_xml('pg_authid', false, false, '') AS text) AS x"),
        "function",
        "table_to_xml(): runs SQL",
    ),
    (text("SELECT s.word AS x FROM ts_stat('SELECT 1') AS s"), "function", "ts_stat(): runs SQL"),
    (
        text("SELECT CAST(ts_rewrite(CAST('a' AS tsquery), word) AS text) AS x"),
        "function",
        "ts_rewrite(): runs SQL",
    ),
    (
        since(16, "boolean", "SELECT pg_input_is_valid('x', word) AS x"),
        "function",
        "pg_input_is_valid(): reads the name of a type",
    ),
    // Locks, writing, more than one SELECT.
    (
        text("SELECT CAST(c.relname AS text) AS x FROM pg_class AS c FOR UPDATE"),
        "locks",
        "locks rows",
    ),
    (
        text(
            "SELECT CAST(c.relname AS text) AS x FROM (SELECT relname FROM pg_class FOR KEY SHARE) AS c",
        ),
        "locks",
        "locks rows",
    ),
    (
        text(
            "WITH d AS (DELETE FROM pg_class RETURNING relname) SELECT CAST(relname AS text) AS x FROM d",
        ),
        "writes",
        "WITH must not contain INSERT",
    ),
    (text("SELECT 'x'::text AS x INTO TEMP taken"), "one_select", "rows"),
    (text("SELECT 'x'::text AS x) AS a, (SELECT 2 AS y"), "syntax", "line 1: is not valid SQL"),
    (
        text("SELECT 'x'::text AS x\nFROM pg_class WHERE\nGROUP BY 1"),
        "syntax",
        "line 3: is not valid SQL",
    ),
    (text("SELECT $2 AS x"), "arguments", "refers to an argument by its number"),
    (
        text("SELECT x FROM no_such_view"),
        "unknown_name",
        "line 1: refers to an object that servers of this version do not have",
    ),
    // Objects of users.
    (
        case("stats", "bigint", "SELECT id AS x FROM public.orders"),
        "relation",
        "relation public.orders: is a user's",
    ),
    (
        case("plain", "bigint", "SELECT other AS x FROM public.open_orders"),
        "relation",
        "relation public.open_orders: is neither",
    ),
    (
        case("plain", "bigint", "SELECT public.harmless(id) AS x FROM public.orders"),
        "function",
        "function public.harmless(): is not a built-in function",
    ),
    (
        case("plain", "text", "SELECT CAST(mood AS text) AS x FROM public.orders"),
        "function",
        "function public.spy()",
    ),
    (
        case("stats", "bigint", "SELECT count(CAST('good' AS public.mood)) AS x"),
        "type",
        "type public.mood: is a user's",
    ),
    (
        case(
            "plain",
            "bigint",
            "SELECT count(CAST(note AS public.checked)) AS x FROM public.orders",
        ),
        "type",
        "type public.checked: is the target of a cast",
    ),
    (
        case(
            "plain",
            "bigint",
            "SELECT count(*) AS x FROM public.orders WHERE note OPERATOR(public.===) 'a'",
        ),
        "operator",
        "operator public.===: is not built-in",
    ),
    (text("SELECT planted() AS x"), "function", "function planted(): is not a built-in function"),
    (case("plain", "text", "SELECT word AS x FROM pg_toast.pg_toast_1255"), "relation", "pg_toast"),
    (
        case(
            "authid",
            "text",
            "SELECT rolpassword AS x FROM pg_class AS c FULL JOIN pg_authid AS a USING (oid)",
        ),
        "secret_returned",
        "pg_authid.rolpassword",
    ),
    // A name with another meaning in the function.
    (
        case("authid", "text", "SELECT CAST(word IS NULL AS text) AS x FROM pg_authid AS word"),
        "hidden_argument",
        "alias word: has the name of an argument",
    ),
    // Columns.
    (
        text("SELECT 1 AS x"),
        "columns",
        "the query returns x as integer, and check.toml declares text",
    ),
    (
        text("SELECT 'a' AS x, 'b' AS y"),
        "columns",
        "columns: the query returns y text, not declared in check.toml; return",
    ),
    (
        text("SELECT 'a'"),
        "columns",
        "returns ?column? text, not declared in check.toml; check.toml declares x text, not returned by the query",
    ),
    (text("SELECT 'a' AS x, 'b' AS x"), "columns", "two columns with the same name"),
];
