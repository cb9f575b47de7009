//! The built-in functions that a check can call, and why it cannot call the others.
//!
//! It judges by name and volatility; other files follow the arguments.

use super::mentions::MentionedFunction;
use super::statements::LintStatements;
use crate::catalog::extension::{EXTENSIONS, Extension};
use crate::catalog::owners;

/// Why a check must not call a function.
pub(super) struct FunctionProblem {
    /// What the function does.
    pub(super) why: String,
    /// What to write instead.
    pub(super) instead: &'static str,
}

/// Functions that are refused for the same reason: their names (a `*` at the end matches any suffix), what they do, and
/// what to write instead.
type FunctionGroup = (&'static [&'static str], &'static str, &'static str);

/// Why a check must not call a function; nothing if it can.
pub(super) fn problem(
    function: &MentionedFunction,
    statements: &LintStatements,
) -> Option<FunctionProblem> {
    let object = &function.object;
    if !object.is_built_in() {
        // The catalog has refused other calls of these functions.
        let is_reviewed = |extension: &Extension| {
            function.extension.as_deref() == Some(extension.name)
                && extension.functions().any(|name| name == object.name)
        };
        if statements.requires.is_some_and(is_reviewed) {
            return None;
        }
        let why = match &function.extension {
            Some(extension) => format!("belongs to the extension {extension}"),
            None => "is not a built-in function".to_owned(),
        };
        let why = format!(
            "{why}; a role that can replace it would have the privileges of the check's owner role"
        );
        let extension = function.extension.as_deref().unwrap_or_default();
        let instead = if EXTENSIONS.iter().any(|known| known.name == extension) {
            "add requires with the name of the extension to check.toml, and write @extschema@ for its schema"
        } else {
            "use functions of pg_catalog only"
        };
        return Some(FunctionProblem { why, instead });
    }
    let name = object.name.as_str();
    // The methods of TABLESAMPLE are called by the server only.
    if function.internal && !matches!(name, "bernoulli" | "system") {
        let why = "reads or writes the text form of a type that an argument can name; the type can run a user's function with the privileges of the check's owner role";
        return Some(FunctionProblem { why: why.to_owned(), instead: "use CAST(value AS type)" });
    }
    let volatile = function.volatility == "v";
    let refused = |(names, ..): &&FunctionGroup| listed(names, name);
    // One of the two ts_rewrite functions has no SQL argument, and only this one is not volatile.
    let always = ALWAYS.iter().find(refused).filter(|_| volatile || name != "ts_rewrite");
    let allowed = || {
        listed(&HARMLESS, name)
            || is_granted(name, &statements.owner)
            || statements.writes && WRITING.contains(&name)
    };
    let group = match always {
        None if volatile && !allowed() => VOLATILE.iter().find(refused),
        None => return None,
        always => always,
    };
    Some(
        group.map_or_else(
            || FunctionProblem {
                why: "is volatile, and posemo does not know that it only reads: it may change something"
                    .to_owned(),
                instead: "use a view or function that only reads",
            },
            |(_, why, instead)| FunctionProblem { why: (*why).to_owned(), instead },
        ),
    )
}

/// Whether the file of a built-in owner set grants the function: then the set is made for it.
pub(super) fn is_granted(function: &str, owner: &str) -> bool {
    let grants = owners().find(|(set, _)| *set == owner).map_or("", |(_, grants)| grants);
    grants.contains(&format!("ON FUNCTION pg_catalog.{function}("))
}

fn listed(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| match known.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => *known == name,
    })
}

/// Refused with any volatility.
const ALWAYS: [FunctionGroup; 4] = [
    (
        &[
            "table_to_xml*",
            "query_to_xml*",
            "cursor_to_xml*",
            "schema_to_xml*",
            "database_to_xml*",
            "ts_stat",
            "ts_rewrite",
        ],
        "runs SQL or reads tables from a text argument at run time, with the privileges of the check's owner role",
        "write the query itself",
    ),
    (
        &["pg_input_is_valid", "pg_input_error_info"],
        "reads the name of a type at run time; the CHECK of a domain can run a user's function with the privileges of the check's owner role",
        "test the text with LIKE or a regular expression",
    ),
    (
        &["txid_current", "pg_current_xact_id"],
        "assigns a transaction id, which is a write, and fails on a standby",
        "use txid_current_if_assigned() or txid_snapshot_xmax(txid_current_snapshot())",
    ),
    (
        &["fmgr_*", "plpgsql_*", "amvalidate", "pg_event_trigger_*"],
        "is an internal function of the server, not for queries",
        "read the system catalogs",
    ),
];

/// What a check that writes may call: it writes to WAL and changes no data.
const WRITING: [&str; 1] = ["pg_logical_emit_message"];

/// Volatile functions by what they do. All others that are not in [`HARMLESS`] are refused too.
const VOLATILE: [FunctionGroup; 11] = [
    (
        &["set_config", "setseed"],
        "changes a setting, also for the time after the check",
        "read settings with current_setting('name')",
    ),
    (
        &["nextval", "setval", "currval", "lastval"],
        "changes a sequence, or returns a value of the session",
        "read pg_sequences, or pg_sequence_last_value(oid)",
    ),
    (
        &["lo_*", "loread", "lowrite"],
        "reads or writes large objects",
        "count rows of pg_largeobject_metadata",
    ),
    (
        &["pg_read_file*", "pg_read_binary_file", "pg_ls_dir", "pg_stat_file"],
        "reads files of the server, such as its configuration and keys",
        "list with pg_ls_logdir(), pg_ls_waldir(), pg_ls_tmpdir() or pg_ls_archive_statusdir()",
    ),
    (
        &["pg_terminate_backend", "pg_cancel_backend"],
        "cancels queries or ends sessions of other roles",
        "return the process id; a person decides",
    ),
    (
        &["pg_notify", "pg_logical_emit_message", "pg_export_snapshot"],
        "sends a message to other sessions or writes it to WAL",
        "return it as a column",
    ),
    (
        &["pg_advisory_*", "pg_try_advisory_*"],
        "acquires or releases locks that other programs use",
        "read pg_locks",
    ),
    (
        &["pg_sleep*"],
        "holds the connection and a snapshot without doing anything",
        "use interval in check.toml: the runner repeats the check",
    ),
    (
        &[
            "pg_logical_slot_*",
            "pg_create_logical_replication_slot",
            "pg_create_physical_replication_slot",
            "pg_copy_*",
            "pg_drop_replication_slot",
            "pg_replication_slot_advance",
            "pg_replication_origin_*",
            "pg_sync_replication_slots",
        ],
        "creates, advances or drops replication slots or origins, or reads changes of tables",
        "read pg_replication_slots and pg_stat_replication",
    ),
    (
        &[
            "pg_switch_wal",
            "pg_create_restore_point",
            "pg_wal_replay_*",
            "pg_promote",
            "pg_backup_*",
            "pg_start_backup",
            "pg_stop_backup",
            "pg_log_*",
            "pg_reload_conf",
            "pg_rotate_logfile*",
            "pg_stat_reset*",
            "pg_stat_clear_snapshot",
            "pg_stat_force_next_flush",
        ],
        "controls the server or resets its statistics",
        "a check only reads; a person does this",
    ),
    (
        &[
            "binary_upgrade_*",
            "brin_*",
            "gin_clean_pending_list",
            "pg_import_system_collations",
            "pg_nextoid",
            "pg_stop_making_pinned_objects",
            "pg_restore_*",
            "pg_clear_*",
            "pg_extension_config_dump",
        ],
        "changes system catalogs or indexes",
        "a check only reads; a person does this",
    ),
];

/// Functions that are volatile because their result changes, not because they change anything: from a review of all
/// volatile functions in `pg_catalog` of 12 to 18.
const HARMLESS: [&str; 75] = [
    "array_sample",
    "array_shuffle",
    "bernoulli",
    "clock_timestamp",
    "gen_random_uuid",
    "pg_available_wal_summaries",
    "pg_blocking_pids",
    "pg_collation_actual_version",
    "pg_control_checkpoint",
    "pg_control_init",
    "pg_control_recovery",
    "pg_control_system",
    "pg_current_logfile",
    "pg_current_wal_flush_lsn",
    "pg_current_wal_insert_lsn",
    "pg_current_wal_lsn",
    "pg_database_collation_actual_version",
    "pg_database_size",
    "pg_get_aios",
    "pg_get_backend_memory_contexts",
    "pg_get_loaded_modules",
    "pg_get_multixact_members",
    "pg_get_sequence_data",
    "pg_get_shmem_allocations",
    "pg_get_shmem_allocations_numa",
    "pg_get_wait_events",
    "pg_get_wal_replay_pause_state",
    "pg_get_wal_resource_managers",
    "pg_get_wal_summarizer_state",
    "pg_hba_file_rules",
    "pg_ident_file_mappings",
    "pg_indexes_size",
    "pg_is_in_backup",
    "pg_is_in_recovery",
    "pg_is_wal_replay_paused",
    "pg_jit_available",
    "pg_last_committed_xact",
    "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn",
    "pg_last_xact_replay_timestamp",
    "pg_lock_status",
    "pg_ls_archive_statusdir",
    "pg_ls_logdir",
    "pg_ls_logicalmapdir",
    "pg_ls_logicalsnapdir",
    "pg_ls_replslotdir",
    "pg_ls_summariesdir",
    "pg_ls_tmpdir",
    "pg_ls_waldir",
    "pg_notification_queue_usage",
    "pg_partition_ancestors",
    "pg_partition_tree",
    "pg_prepared_xact",
    "pg_relation_size",
    "pg_safe_snapshot_blocking_pids",
    "pg_sequence_last_value",
    "pg_show_all_file_settings",
    "pg_show_replication_origin_status",
    "pg_stat_get_*",
    "pg_stat_have_stats",
    "pg_table_size",
    "pg_tablespace_size",
    "pg_total_relation_size",
    "pg_wal_summary_contents",
    "pg_xact_commit_timestamp",
    "pg_xact_commit_timestamp_origin",
    "pg_xact_status",
    "random",
    "random_normal",
    "system",
    "timeofday",
    "timezone",
    "txid_status",
    "uuidv4",
    "uuidv7",
];
