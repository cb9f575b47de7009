//! Which of the server's own functions a check may call, and of the others why not.
//!
//! It judges by name and volatility, as no arguments are known here; what flows into a function is followed
//! elsewhere.

use super::names::Function;

/// What is wrong with a function.
pub(super) struct Verdict {
    /// What it does that a check must not.
    pub(super) why: String,
    /// What to write instead.
    pub(super) instead: &'static str,
}

/// Functions that are refused for the same reason: their names, of which one that ends with `*` stands for
/// all that begin so; what they do; and what to write instead.
type Group = (&'static [&'static str], &'static str, &'static str);

/// Says what keeps a function from being called, if anything does.
pub(super) fn verdict(function: &Function) -> Option<Verdict> {
    let object = &function.object;
    if !object.is_of_the_server() {
        let why = match &function.extension {
            Some(extension) => format!("belongs to the extension {extension}"),
            None => "is not one of the server's own".to_owned(),
        };
        let why =
            format!("{why}; whoever may replace it would act with the rights of the check's owner");
        return Some(Verdict { why, instead: "use functions of pg_catalog only" });
    }
    let name = object.name.as_str();
    let volatile = function.volatility == "v";
    let refused = |(names, ..): &&Group| listed(names, name);
    // Of two functions called ts_rewrite, the one that takes no SQL is not volatile.
    let always = ALWAYS.iter().find(refused).filter(|_| volatile || name != "ts_rewrite");
    let group = match always {
        None if volatile && !listed(&HARMLESS, name) => VOLATILE.iter().find(refused),
        None => return None,
        always => always,
    };
    Some(
        group.map_or_else(
            || Verdict {
                why: "is volatile, and not known to be a mere reader: it may change something"
                    .to_owned(),
                instead: "use a view or a function that only reads",
            },
            |(_, why, instead)| Verdict { why: (*why).to_owned(), instead },
        ),
    )
}

fn listed(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| match known.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => *known == name,
    })
}

/// Refused whatever their volatility says.
const ALWAYS: [Group; 4] = [
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
        "runs SQL, or reads tables, that a text names at run time, with the rights of the check's owner",
        "write the query itself",
    ),
    (
        &["pg_input_is_valid", "pg_input_error_info"],
        "finds a type by its name at run time; where that is a domain, its CHECK runs somebody's function with the rights of the check's owner",
        "look at the text with LIKE or a regular expression",
    ),
    (
        &["txid_current", "pg_current_xact_id"],
        "spends a transaction number, which is a write, and fails on a standby",
        "use txid_current_if_assigned() or txid_snapshot_xmax(txid_current_snapshot())",
    ),
    (
        &["fmgr_*", "plpgsql_*", "amvalidate", "pg_event_trigger_*"],
        "belongs to the server's machinery and is not meant to be called",
        "read the catalogs",
    ),
];

/// Volatile functions by what they do. Any other volatile one that is not harmless is refused as well.
const VOLATILE: [Group; 11] = [
    (
        &["set_config", "setseed"],
        "changes a setting, which stays changed after the check",
        "read settings with current_setting('name')",
    ),
    (
        &["nextval", "setval", "currval", "lastval"],
        "moves a sequence, or tells of the session's own use of one",
        "read pg_sequences, or pg_sequence_last_value(oid)",
    ),
    (
        &["lo_*", "loread", "lowrite"],
        "reads or writes large objects",
        "count rows of pg_largeobject_metadata",
    ),
    (
        &["pg_read_file*", "pg_read_binary_file", "pg_ls_dir", "pg_stat_file"],
        "reads files of the server, its configuration and keys among them",
        "list with pg_ls_logdir(), pg_ls_waldir(), pg_ls_tmpdir() or pg_ls_archive_statusdir()",
    ),
    (
        &["pg_terminate_backend", "pg_cancel_backend"],
        "ends the work of other sessions",
        "return the process id, and let a person decide",
    ),
    (
        &["pg_notify", "pg_logical_emit_message", "pg_export_snapshot"],
        "sends something to other sessions or writes it to WAL",
        "return it as a column",
    ),
    (
        &["pg_advisory_*", "pg_try_advisory_*"],
        "takes or gives back locks that other programs rely on",
        "read pg_locks",
    ),
    (
        &["pg_sleep*"],
        "holds the connection and a snapshot while nothing is done",
        "let the runner ask again: that is what interval in check.toml is for",
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
        "makes, moves or drops what replication relies on, or reads the changes of tables",
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
        "steers the server or takes away its statistics",
        "leave that to a person; a check only reads",
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
        "changes catalogs or indexes",
        "leave that to a person; a check only reads",
    ),
];

/// Volatile because their answer changes, and not because they change anything: the result of going through
/// all volatile functions in `pg_catalog` of 12 to 18.
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
