//! Queries that would reveal a secret by the number or values of rows, and secrets of applications.

use super::bad::{Row, case, text};

/// The case, the rule, and a part of the refusal.
pub(crate) const CASES: &[Row] = &[
    // Secrets that determine which or how many rows are returned.
    (
        case(
            "authid",
            "text",
            "SELECT string_agg(chr(g), '' ORDER BY i) AS x FROM pg_authid AS a, generate_series(1, 200) AS i, generate_series(1, 126) AS g WHERE ascii(substr(a.rolpassword, i, 1)) = g",
        ),
        "secret_spelled",
        "operator =: uses pg_authid.rolpassword together with values of several rows",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT s.g AS x FROM pg_authid AS a, (SELECT row_number() OVER (ORDER BY c.oid) AS g FROM pg_class AS c) AS s WHERE CAST(ascii(a.rolpassword) AS bigint) = s.g",
        ),
        "secret_spelled",
        "pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "bigint",
            "WITH RECURSIVE n(g) AS (SELECT bigint '1' UNION ALL SELECT g + 1 FROM n WHERE g < 126) SELECT n.g AS x FROM pg_authid AS a, n WHERE a.rolpassword LIKE '%' || CAST(n.g AS text)",
        ),
        "secret_spelled",
        "operator ~~",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT c AS x FROM pg_authid AS a, regexp_split_to_table('abcdef0123456789', '') AS c WHERE starts_with(substr(a.rolpassword, 20), c)",
        ),
        "secret_spelled",
        "starts_with()",
    ),
    (
        case(
            "authid",
            "text",
            "SELECT CAST(g AS text) AS x FROM generate_series(0, 255) AS g OFFSET (SELECT ascii(rolpassword) FROM pg_authid LIMIT 1)",
        ),
        "secret_returned",
        "OFFSET: uses pg_authid.rolpassword as a number of rows",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM (SELECT FROM pg_class LIMIT (SELECT ascii(rolpassword) FROM pg_authid LIMIT 1)) AS s",
        ),
        "secret_returned",
        "LIMIT: uses pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) OVER (ORDER BY oid ROWS (SELECT ascii(rolpassword) FROM pg_authid LIMIT 1) PRECEDING) AS x FROM pg_class",
        ),
        "secret_returned",
        "the frame of a window: uses pg_authid.rolpassword",
    ),
    (
        case(
            "authid",
            "bigint",
            "SELECT count(*) AS x FROM pg_class TABLESAMPLE bernoulli ((SELECT ascii(rolpassword) FROM pg_authid LIMIT 1)) REPEATABLE (1)",
        ),
        "secret_returned",
        "TABLESAMPLE: uses pg_authid.rolpassword",
    ),
    // Secrets of applications and foreign-data wrappers.
    (
        text("SELECT array_to_string(setconfig, ',') AS x FROM pg_db_role_setting"),
        "secret_returned",
        "pg_db_role_setting.setconfig",
    ),
    (
        text("SELECT split_part(c, '=', 2) AS x FROM pg_roles, unnest(rolconfig) AS c"),
        "secret_returned",
        "pg_roles.rolconfig",
    ),
    (
        text("SELECT array_to_string(useconfig, ',') AS x FROM pg_user"),
        "secret_returned",
        "pg_user.useconfig",
    ),
    (
        text("SELECT array_to_string(srvoptions, ',') AS x FROM pg_foreign_server"),
        "secret_returned",
        "pg_foreign_server.srvoptions",
    ),
    (
        text("SELECT array_to_string(ftoptions, ',') AS x FROM pg_foreign_table"),
        "secret_returned",
        "pg_foreign_table.ftoptions",
    ),
    (
        text(
            "SELECT CAST(option_value AS text) AS x FROM information_schema.foreign_server_options",
        ),
        "secret_returned",
        "information_schema.foreign_server_options.option_value",
    ),
    (text("SELECT prosrc AS x FROM pg_proc"), "secret_returned", "pg_proc.prosrc"),
    (
        text("SELECT pg_get_functiondef(oid) AS x FROM pg_proc WHERE prokind = 'f'"),
        "secret_returned",
        "pg_get_functiondef()",
    ),
    (
        text("SELECT CAST(routine_definition AS text) AS x FROM information_schema.routines"),
        "secret_returned",
        "information_schema.routines.routine_definition",
    ),
    (
        text("SELECT pg_get_triggerdef(oid) AS x FROM pg_trigger"),
        "secret_returned",
        "pg_get_triggerdef()",
    ),
    (text("SELECT definition AS x FROM pg_views"), "secret_returned", "pg_views.definition"),
    (text("SELECT pg_get_viewdef(oid) AS x FROM pg_class"), "secret_returned", "pg_get_viewdef()"),
    (text("SELECT definition AS x FROM pg_rules"), "secret_returned", "pg_rules.definition"),
    (
        text("SELECT array_to_string(proconfig, ',') AS x FROM pg_proc"),
        "secret_returned",
        "pg_proc.proconfig",
    ),
    (
        text("SELECT pg_get_expr(adbin, adrelid) AS x FROM pg_attrdef"),
        "secret_returned",
        "pg_attrdef.adbin",
    ),
    (
        text("SELECT pg_get_function_arguments(oid) AS x FROM pg_proc"),
        "secret_returned",
        "pg_get_function_arguments()",
    ),
    (
        text("SELECT CAST(column_default AS text) AS x FROM information_schema.columns"),
        "secret_returned",
        "column_default",
    ),
    // Functions that read the text form of any type.
    (
        text("SELECT CAST(array_in(CAST(word AS cstring), CAST(minimum AS oid), -1) AS text) AS x"),
        "function",
        "array_in(): reads or writes the text form of a type",
    ),
    (
        text("SELECT CAST(record_in('(1)', CAST(minimum AS oid), -1) AS text) AS x"),
        "function",
        "record_in()",
    ),
    (
        text("SELECT CAST(domain_in('1', CAST(minimum AS oid), -1) AS text) AS x"),
        "function",
        "domain_in()",
    ),
    (text("SELECT CAST(enum_in('1', CAST(minimum AS oid)) AS text) AS x"), "function", "enum_in()"),
];
