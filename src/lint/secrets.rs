//! The secrets of a server, and the functions and operators that can process one without revealing it.
//!
//! A secret is a value that no check returns to any caller: password verifiers, connection strings, queries, values
//! of tables. Other files follow it through a query.

use crate::catalog::owners;

/// Relations and functions with their secret columns; an empty list for a function whose whole result is secret.
const COLUMNS: [(&str, &[&str]); 64] = [
    ("pg_authid", &["rolpassword"]),
    ("pg_shadow", &["passwd", "useconfig"]),
    ("pg_subscription", &["subconninfo"]),
    ("pg_user_mapping", &["umoptions"]),
    ("pg_user_mappings", &["umoptions"]),
    ("_pg_user_mappings", &["umoptions"]),
    ("user_mapping_options", &["option_value"]),
    // Foreign-data wrappers without user mappings have passwords in these options.
    ("pg_foreign_data_wrapper", &["fdwoptions"]),
    ("pg_foreign_server", &["srvoptions"]),
    ("pg_foreign_table", &["ftoptions"]),
    ("_pg_foreign_data_wrappers", &["fdwoptions"]),
    ("_pg_foreign_servers", &["srvoptions"]),
    ("_pg_foreign_tables", &["ftoptions"]),
    ("foreign_data_wrapper_options", &["option_value"]),
    ("foreign_server_options", &["option_value"]),
    ("foreign_table_options", &["option_value"]),
    // Applications store keys and tokens in custom settings.
    ("pg_db_role_setting", &["setconfig"]),
    ("pg_roles", &["rolconfig"]),
    ("pg_user", &["useconfig"]),
    // Code can contain connection strings and keys.
    ("pg_proc", &["prosrc", "prosqlbody", "proconfig", "proargdefaults"]),
    ("pg_get_functiondef", &[]),
    ("pg_get_function_sqlbody", &[]),
    ("pg_get_function_arguments", &[]),
    ("pg_get_function_arg_default", &[]),
    ("routines", &["routine_definition"]),
    ("parameters", &["parameter_default"]),
    ("pg_views", &["definition"]),
    ("pg_matviews", &["definition"]),
    ("views", &["view_definition"]),
    ("pg_get_viewdef", &[]),
    ("pg_rules", &["definition"]),
    ("pg_get_ruledef", &[]),
    ("pg_rewrite", &["ev_qual", "ev_action"]),
    ("pg_attrdef", &["adbin"]),
    ("columns", &["column_default", "generation_expression"]),
    ("pg_type", &["typdefault", "typdefaultbin"]),
    ("domains", &["domain_default"]),
    ("pg_policy", &["polqual", "polwithcheck"]),
    ("pg_policies", &["qual", "with_check"]),
    ("pg_trigger", &["tgargs", "tgqual"]),
    ("pg_get_triggerdef", &[]),
    ("triggers", &["action_statement", "action_condition"]),
    // The error contains the wrong line.
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

/// Secret columns of settings, if the owner role can read settings that are hidden from other roles.
const HIDDEN_SETTINGS: &[&str] = &["setting", "reset_val"];

/// Settings that contain passwords, or commands and files that lead to one.
const SETTINGS: [&str; 6] = [
    "primary_conninfo",
    "ssl_passphrase_command",
    "archive_command",
    "restore_command",
    "archive_cleanup_command",
    "recovery_end_command",
];

/// Extensions whose settings contain no secret.
const PLAIN_EXTENSIONS: [&str; 3] = ["pg_stat_statements", "auto_explain", "plpgsql"];

/// Functions that can process a secret: none of them raises an error that contains its arguments. Their result is
/// secret too, unless it is a boolean.
const FUNCTIONS: [&str; 45] = [
    "abs",
    "array_agg",
    "array_length",
    "array_to_string",
    "ascii",
    "avg",
    "bpchar",
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
    "name",
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
    "text",
    "translate",
    "varchar",
];

/// Further functions of this kind, over the elements of an array or over rows.
const ELEMENTS: [&str; 7] =
    ["unnest", "upper", "lag", "lead", "first_value", "last_value", "nth_value"];

/// Functions whose result depends only on the number of values.
const COUNTS: [&str; 3] = ["count", "num_nulls", "num_nonnulls"];

/// Operators that can process a secret.
const OPERATORS: [&str; 29] = [
    "=", "<>", "<", "<=", ">", ">=", "~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*", "^@",
    "~<~", "~<=~", "~>~", "~>=~", "||", "+", "-", "*", "/", "%", "@>", "<@", "&&", "?",
];

/// Where definitions are. A query of posemo returns digests of those of built-in objects, which are published.
const DEFINITIONS: [&str; 4] =
    ["pg_proc", "pg_get_function_sqlbody", "pg_get_viewdef", "pg_get_ruledef"];

/// The secret columns of a built-in relation or function, read by an owner role. With an empty list the whole result
/// is secret. `digests` is true for the query that returns digests of definitions.
pub(super) fn columns(name: &str, owner: &str, digests: bool) -> Option<&'static [&'static str]> {
    if digests && DEFINITIONS.contains(&name) {
        return None;
    }
    let columns = COLUMNS.iter().find(|(known, _)| *known == name).map(|(_, columns)| *columns)?;
    (!std::ptr::eq(columns, HIDDEN_SETTINGS) || reads_hidden_settings(owner)).then_some(columns)
}

/// Whether a setting can contain a secret.
pub(super) fn is_secret_setting(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // A name with a dot is a custom setting. Extensions and applications store keys and tokens there.
    let foreign = name.split_once('.').map(|(extension, _)| extension);
    SETTINGS.contains(&name.as_str())
        || foreign.is_some_and(|extension| !PLAIN_EXTENSIONS.contains(&extension))
}

/// What a function does with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It counts it; the result is not secret.
    Count,
    /// It returns it or a part of it; the result is secret.
    Keep,
    /// It returns an expression, stored as a tree, as text. The result is secret if the tree is.
    Show,
    /// It can raise an error that contains it.
    Leak,
}

/// What a built-in function does with a secret.
pub(super) fn treatment(function: &str) -> Treatment {
    if COUNTS.contains(&function) {
        Treatment::Count
    } else if function == "pg_get_expr" {
        Treatment::Show
    } else if FUNCTIONS.contains(&function) || ELEMENTS.contains(&function) {
        Treatment::Keep
    } else {
        Treatment::Leak
    }
}

/// Whether a built-in operator can process a secret.
pub(super) fn is_safe_operator(operator: &str) -> bool {
    OPERATORS.contains(&operator)
}

/// Superusers can read them, and privilege sets with one of these roles.
fn reads_hidden_settings(owner: &str) -> bool {
    let grants = owners().find(|(set, _)| *set == owner).map(|(_, grants)| grants);
    // An owner set of a user is a member of no role.
    let is_member = |grants: &str| {
        ["pg_monitor", "pg_read_all_settings"].iter().any(|role| grants.contains(role))
    };
    owner == "superuser" || grants.is_some_and(is_member)
}
