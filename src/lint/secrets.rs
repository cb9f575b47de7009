//! Where secrets are, and what may be done with one without saying it.
//!
//! A secret is what a check must not return whoever asks: verifiers, connection strings, queries, values of
//! tables. How it gets from one place to another is followed elsewhere.

use crate::catalog::owners;

/// Columns of relations and of functions that return rows, each with the columns that are secret.
const COLUMNS: [(&str, &[&str]); 48] = [
    ("pg_authid", &["rolpassword"]),
    ("pg_shadow", &["passwd", "useconfig"]),
    ("pg_subscription", &["subconninfo"]),
    ("pg_user_mapping", &["umoptions"]),
    ("pg_user_mappings", &["umoptions"]),
    ("_pg_user_mappings", &["umoptions"]),
    ("user_mapping_options", &["option_value"]),
    // Wrappers that know no user mappings keep passwords here.
    ("pg_foreign_data_wrapper", &["fdwoptions"]),
    ("pg_foreign_server", &["srvoptions"]),
    ("pg_foreign_table", &["ftoptions"]),
    ("_pg_foreign_data_wrappers", &["fdwoptions"]),
    ("_pg_foreign_servers", &["srvoptions"]),
    ("_pg_foreign_tables", &["ftoptions"]),
    ("foreign_data_wrapper_options", &["option_value"]),
    ("foreign_server_options", &["option_value"]),
    ("foreign_table_options", &["option_value"]),
    // Applications keep keys and tokens in settings of their own.
    ("pg_db_role_setting", &["setconfig"]),
    ("pg_roles", &["rolconfig"]),
    ("pg_user", &["useconfig"]),
    // Code with connection strings in it.
    ("pg_proc", &["prosrc"]),
    ("pg_get_functiondef", &[]),
    ("pg_get_function_sqlbody", &[]),
    ("routines", &["routine_definition"]),
    ("pg_trigger", &["tgargs"]),
    ("pg_get_triggerdef", &[]),
    ("triggers", &["action_statement"]),
    // An error repeats the line that is wrong.
    ("pg_hba_file_rules", &["options", "error"]),
    ("pg_ident_file_mappings", &["error"]),
    ("pg_file_settings", &["setting", "error"]),
    ("pg_show_all_file_settings", &["setting", "error"]),
    ("pg_stat_activity", &["query"]),
    ("pg_stat_get_activity", &["query"]),
    ("pg_stat_get_backend_activity", &[]),
    ("pg_stat_wal_receiver", &["conninfo"]),
    ("pg_stat_get_wal_receiver", &["conninfo"]),
    ("pg_prepared_statements", &["statement"]),
    ("pg_prepared_statement", &["statement"]),
    ("pg_cursors", &["statement"]),
    ("pg_cursor", &["statement"]),
    ("pg_largeobject", &["data"]),
    (
        "pg_stats",
        &["most_common_vals", "histogram_bounds", "most_common_elems", "range_bounds_histogram"],
    ),
    ("pg_stats_ext", &["most_common_vals"]),
    (
        "pg_stats_ext_exprs",
        &["most_common_vals", "histogram_bounds", "most_common_elems", "range_bounds_histogram"],
    ),
    ("pg_statistic", &["stavalues1", "stavalues2", "stavalues3", "stavalues4", "stavalues5"]),
    ("pg_statistic_ext_data", &["stxdmcv", "stxdexpr"]),
    ("pg_mcv_list_items", &["values"]),
    ("pg_settings", HIDDEN_SETTINGS),
    ("pg_show_all_settings", HIDDEN_SETTINGS),
];

/// Of rows of settings, where the owner sees those that are hidden from others.
const HIDDEN_SETTINGS: &[&str] = &["setting", "reset_val"];

/// Settings with passwords in them, or with commands and files that lead to some.
const SETTINGS: [&str; 6] = [
    "primary_conninfo",
    "ssl_passphrase_command",
    "archive_command",
    "restore_command",
    "archive_cleanup_command",
    "recovery_end_command",
];

/// Extensions whose settings are known to hold no secret.
const PLAIN_EXTENSIONS: [&str; 3] = ["pg_stat_statements", "auto_explain", "plpgsql"];

/// Functions that may be given a secret: none can raise an error with the text in it. What they return is as
/// secret as before, unless it is a boolean.
const FUNCTIONS: [&str; 41] = [
    "abs",
    "array_agg",
    "array_length",
    "array_to_string",
    "ascii",
    "avg",
    "btrim",
    "cardinality",
    "char_length",
    "character_length",
    "concat",
    "concat_ws",
    "float8",
    "int4",
    "int8",
    "left",
    "length",
    "like",
    "lower",
    "ltrim",
    "max",
    "md5",
    "min",
    "notlike",
    "numeric",
    "octet_length",
    "position",
    "regexp_match",
    "regexp_replace",
    "replace",
    "reverse",
    "right",
    "rtrim",
    "split_part",
    "starts_with",
    "string_agg",
    "strpos",
    "substr",
    "substring",
    "sum",
    "translate",
];

/// More of them, which go through the elements of an array, or through rows.
const ELEMENTS: [&str; 7] =
    ["unnest", "upper", "lag", "lead", "first_value", "last_value", "nth_value"];

/// Functions whose answer says nothing of what they are given but whether, or how often, there is something.
const COUNTS: [&str; 3] = ["count", "num_nulls", "num_nonnulls"];

/// Operators that may be given a secret.
const OPERATORS: [&str; 29] = [
    "=", "<>", "<", "<=", ">", ">=", "~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*", "^@",
    "~<~", "~<=~", "~>~", "~>=~", "||", "+", "-", "*", "/", "%", "@>", "<@", "&&", "?",
];

/// The secret columns of a relation or function of the server's own, under an owner. `Some` of an empty list
/// is an answer that is secret as a whole.
pub(super) fn columns(name: &str, owner: &str) -> Option<&'static [&'static str]> {
    let columns = COLUMNS.iter().find(|(known, _)| *known == name).map(|(_, columns)| *columns)?;
    (!std::ptr::eq(columns, HIDDEN_SETTINGS) || sees_hidden_settings(owner)).then_some(columns)
}

/// Whether the setting of a name may hold a secret.
pub(super) fn is_secret_setting(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // A setting with a dot is an extension's or an application's, which keep keys and tokens there.
    let foreign = name.split_once('.').map(|(extension, _)| extension);
    SETTINGS.contains(&name.as_str())
        || foreign.is_some_and(|extension| !PLAIN_EXTENSIONS.contains(&extension))
}

/// What becomes of a secret in a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It is counted.
    Count,
    /// It is changed, and stays a secret.
    Keep,
    /// It could be said by an error.
    Tell,
}

/// What a function of the server's own does with a secret.
pub(super) fn treatment(function: &str) -> Treatment {
    if COUNTS.contains(&function) {
        Treatment::Count
    } else if FUNCTIONS.contains(&function) || ELEMENTS.contains(&function) {
        Treatment::Keep
    } else {
        Treatment::Tell
    }
}

/// Whether an operator of the server's own may be given a secret.
pub(super) fn is_safe_operator(operator: &str) -> bool {
    OPERATORS.contains(&operator)
}

/// A superuser sees them, and so does a set that says so in its grants.
fn sees_hidden_settings(owner: &str) -> bool {
    let grants = owners().find(|(set, _)| *set == owner).map(|(_, grants)| grants);
    grants.is_none_or(|grants| {
        ["pg_monitor", "pg_read_all_settings"].iter().any(|role| grants.contains(role))
    })
}
