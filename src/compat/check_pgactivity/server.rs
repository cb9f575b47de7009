//! The services of `check_pgactivity` 2.10 about the whole server.

use crate::compat::table::Compare::{Above, AtLeast, Below};
use crate::compat::table::ForeignObjects::{Databases, Names, Sessions};
use crate::compat::table::Kind::{Count, Percent, Size, Time};
use crate::compat::table::{ForeignCheck, LevelForm, Mapping, level, mapped, refused};

/// The size of a WAL segment of a server that was made without another one.
const SEGMENT: f64 = 16_777_216.0;

/// The services, sorted by name.
pub(super) static SERVER: &[ForeignCheck] = &[
    refused(
        "archive_folder",
        "the service reads the files of an archive outside of the server, which SQL cannot read",
    ),
    mapped(
        "archiver",
        Mapping::to(&["archiver_failing", "archive_backlog"])
            .levels(&[level(Count, "archive_backlog", "waiting", AtLeast)])
            .silenced(&[("archiver_failing", "oldest_waiting")]),
    )
    .differs("posemo counts the files in archive_status; the old plugin needs a right that even pg_monitor does not have."),
    mapped("autovacuum", Mapping::to(&["autovacuum_workers"]).form(LevelForm::Ignored))
        .differs("Not on a standby."),
    mapped(
        "backends",
        Mapping::to(&["connection_usage"])
            .levels(&[
                level(Percent, "connection_usage", "used", AtLeast),
                level(Count, "connection_usage", "connections", AtLeast),
            ])
            .required()
            .silenced(&[("connection_usage", "used")]),
    )
    .differs(
        "An ordinary role sees only itself in the old plugin (OK); posemo's function counts all. Limits of databases and roles \
         count, too.",
    ),
    mapped(
        "backends_status",
        Mapping::to(&["session_states"])
            .levels(&[
                level(Count, "session_states", "idle", AtLeast).label("idle"),
                level(Time, "session_states", "oldest_idle", AtLeast).label("idle"),
                level(Count, "session_states", "idle_in_transaction", AtLeast).label("idle_xact"),
                level(Time, "session_states", "oldest_idle_in_transaction", AtLeast).label("idle_xact"),
                level(Count, "session_states", "aborted", AtLeast).label("aborted_xact"),
                level(Time, "session_states", "oldest_idle_in_transaction", AtLeast).label("aborted_xact"),
                level(Count, "session_states", "active", AtLeast).label("active"),
                level(Time, "session_states", "oldest_active", AtLeast).label("active"),
                level(Count, "session_states", "waiting", AtLeast).label("waiting"),
                level(Time, "session_states", "oldest_waiting", AtLeast).label("waiting"),
                level(Count, "session_states", "other", AtLeast).label("fastpath"),
            ])
            .form(LevelForm::Labels)
            .objects(Databases),
    )
    .differs(
        "An ordinary role sees only itself in the old plugin (OK); posemo's function sees all. Each database is counted on its \
         own. fastpath also counts sessions that start or hide their state.",
    ),
    mapped(
        "backup_label_age",
        Mapping::to(&["exclusive_backup"])
            .levels(&[level(Time, "exclusive_backup", "age", Above)])
            .required(),
    )
    .differs("PostgreSQL 15 removed exclusive backups: the check does not apply there."),
    mapped(
        "bgwriter",
        Mapping::to(&["background_writes"]).form(LevelForm::Refused(
            "a share of writes needs two measurements; posemo serve judges the rate: \
             [checks.background_writes.thresholds.\"backends per minute\"]",
        )),
    )
    .differs("The counters, without rates."),
    mapped(
        "configuration",
        Mapping::to(&[
            "durability_settings",
            "autovacuum_settings",
            "planner_settings",
            "memory_settings",
        ]),
    )
    .differs("Settings of memory have no limits until posemo.toml sets them for memory_settings: a good value depends on the machine."),
    mapped("connection", Mapping::to(&["alive"]).form(LevelForm::Ignored)).differs(
        "posemo connects to its database posemo, also if --dbname names another one. A role or a password that is wrong is \
         UNKNOWN, in the old plugin CRITICAL.",
    ),
    refused(
        "custom_query",
        "the query belongs to one site: write a check for it (docs/writing-checks.md)",
    ),
    mapped(
        "hot_standby_delta",
        Mapping::to(&["replication_lag"])
            .levels(&[level(Size, "replication_lag", "behind", Above).label("2")])
            .form(LevelForm::Places)
            .silenced(&[("replication_lag", "behind"), ("replication_lag", "lag")])
            .standby(),
    )
    .differs(
        "posemo connects only to the standby of the hosts, and judges the WAL that is not replayed: the second value, or the \
         only one. A standby that receives nothing or whose replay is paused is a problem.",
    ),
    mapped(
        "hugepages",
        Mapping::to(&["huge_pages"])
            .arguments(&[("huge_pages", "expected", "on")])
            .form(LevelForm::Ignored)
            .accepts(&["with-hugepages"]),
    )
    .differs("The call asks for huge pages in use."),
    mapped(
        "is_hot_standby",
        Mapping::to(&["replication_role"])
            .arguments(&[("replication_role", "expected", "standby")])
            .form(LevelForm::Ignored),
    ),
    mapped(
        "is_master",
        Mapping::to(&["replication_role"])
            .arguments(&[("replication_role", "expected", "primary")])
            .form(LevelForm::Ignored),
    ),
    mapped(
        "is_replay_paused",
        Mapping::to(&["replication_lag"])
            .levels(&[level(Time, "replication_lag", "lag", Above)])
            .silenced(&[("replication_lag", "lag"), ("replication_lag", "behind")]),
    )
    .differs(
        "A paused replay is a problem at once; the levels are for the lag, paused or not. On a primary the check does not apply \
         (OK); the old plugin is UNKNOWN.",
    ),
    mapped(
        "locks",
        Mapping::to(&["lock_table_usage"])
            .levels(&[
                level(Percent, "lock_table_usage", "used", AtLeast),
                level(Count, "lock_table_usage", "holders", AtLeast),
            ])
            .required()
            .silenced(&[("lock_table_usage", "used")]),
    )
    .differs("The share is of the objects that the lock table has room for, and predicate locks do not count."),
    age!(
        "longest_query",
        "long_queries",
        "running",
        Above,
        Sessions,
        "An ordinary role sees only itself in the old plugin (OK); posemo's function sees all sessions. posemo does not read \
         the text of queries, so --exclude has no counterpart."
    ),
    mapped(
        "max_freeze_age",
        Mapping::to(&["wraparound_age"])
            .levels(&[
                level(Percent, "wraparound_age", "xids_due", Above),
                level(Count, "wraparound_age", "xid_age", Above),
            ])
            .silenced(&[("wraparound_age", "xids_used"), ("wraparound_age", "xids_due")])
            .objects(Databases),
    )
    .differs("posemo also judges multixacts, which the old plugin does not read."),
    mapped(
        "minor_version",
        Mapping::to(&["minor_version"]).form(LevelForm::Ignored).accepts(&["path"]),
    )
    .differs("posemo knows the versions and their flaws; a list of versions in -w or -c is not needed, and the state depends on the flaws."),
    age!("oldest_2pc", "prepared_transactions", "age", Above, Databases, ""),
    age!(
        "oldest_idlexact",
        "idle_in_transaction",
        "idle",
        Above,
        Sessions,
        "An ordinary role sees only itself in the old plugin (OK); posemo's function sees all sessions. Transactions that hold \
         nothing count, sessions of pg_dump do not unless --exclude names other applications."
    ),
    mapped(
        "oldest_xmin",
        Mapping::to(&["xmin_horizon"])
            .levels(&[level(Count, "xmin_horizon", "xid_age", Above)])
            .silenced(&[("xmin_horizon", "freeze_age_used")])
            .accepts(&["detailed"]),
    )
    .differs("Slots and standbys count; the old plugin drops them, as they have no database. Not on a standby."),
    refused(
        "pg_dump_backup",
        "the service reads dump files outside of the server, which SQL cannot read",
    ),
    refused("pga_version", "the service compares the version of check_pgactivity itself"),
    refused(
        "pgdata_permission",
        "SQL cannot read the owner and the mode of the data directory; the server checks both when it starts",
    ),
    mapped(
        "pgss_dealloc",
        Mapping::to(&["statement_evictions"]).form(LevelForm::Refused(
            "a number since the last run needs two measurements; posemo serve judges the rate: \
             [checks.statement_evictions.thresholds.\"evicted per hour\"]",
        )),
    )
    .differs("The counter, without the number since the last run."),
    mapped(
        "replication_slots",
        Mapping::to(&["slot_health", "slot_wal", "slot_spill_files"])
            .levels(&[
                level(Count, "slot_wal", "kept", Above).factor(SEGMENT),
                level(Count, "slot_wal", "kept", Above).label("wal").factor(SEGMENT),
                level(Count, "slot_spill_files", "files", Above).label("spilled"),
                level(Size, "slot_health", "safe", Below).label("remaining"),
            ])
            .form(LevelForm::Labels)
            .silenced(&[("slot_wal", "over_limit"), ("slot_health", "used")])
            .objects(Names),
    )
    .differs("WAL is counted in bytes: a segment has 16 MB. slot_health exists from PostgreSQL 13, slot_spill_files from 15 on."),
    mapped("session_stats", Mapping::to(&["session_outcomes"]).form(LevelForm::Ignored).objects(Databases))
        .differs("The counters, without rates."),
    mapped(
        "settings",
        Mapping::to(&["pending_restart"]).form(LevelForm::Ignored).accepts(&["save"]),
    )
    .differs("Settings that wait for a restart. For every change, record the digest of posemo check settings_drift (-a expected=)."),
    mapped(
        "slru_hit_ratio",
        Mapping::to(&["slru_activity"]).form(LevelForm::Refused(
            "a ratio since the last run needs two measurements; posemo serve judges the rate: \
             [checks.slru_activity.thresholds.\"reads per minute\"]",
        )),
    )
    .differs("The counters, without the ratio."),
    mapped(
        "stat_snapshot_age",
        Mapping::to(&["statistics_snapshot"])
            .levels(&[level(Time, "statistics_snapshot", "age", AtLeast)])
            .required(),
    )
    .differs("PostgreSQL 15 removed the snapshot: the check does not apply there; the old plugin is WARNING."),
    mapped(
        "streaming_delta",
        Mapping::to(&["standby_lag", "standbys_connected"])
            .arguments(&[("standbys_connected", "expected", "1")])
            .levels(&[
                level(Size, "standby_lag", "flushed", Above).label("1"),
                level(Size, "standby_lag", "replayed", Above).label("2"),
            ])
            .form(LevelForm::Places)
            .silenced(&[("standby_lag", "replayed"), ("standby_lag", "replay_lag")])
            .accepts(&["slave"]),
    )
    .differs(
        "--slave \"NAME ADDRESS\" names the standby of standbys_connected; the address is not compared. Without any standby the call \
         is CRITICAL, in the old plugin UNKNOWN. Programs that only receive WAL are not standbys.",
    ),
    mapped(
        "uptime",
        Mapping::to(&["uptime"]).levels(&[
            level(Time, "uptime", "up", Below),
            level(Time, "uptime", "since_reload", Below),
        ]),
    )
    .differs(
        "Both levels apply to the time since the start and to the time since the configuration was loaded; with both levels, \
         the old plugin compares the first only with -c and the second only with -w. \
         crash_restart reports a restart after a crash, whose time the old plugin compares with the same levels.",
    ),
    mapped(
        "wal_files",
        Mapping::to(&["wal_directory"])
            .levels(&[
                level(Count, "wal_directory", "segments", AtLeast),
                level(Percent, "wal_directory", "share", AtLeast).factor(0.01),
            ])
            .silenced(&[("wal_directory", "share")]),
    )
    .differs("The percentage is of max_wal_size and wal_keep_size, as in the old plugin."),
];
