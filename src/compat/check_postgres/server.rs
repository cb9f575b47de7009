//! The actions of `check_postgres` 2.26.0 about the whole server.

use crate::compat::table::Compare::{Above, AtLeast, AtMost, Not};
use crate::compat::table::ForeignObjects::{Databases, Names, Sessions};
use crate::compat::table::Kind::{Count, Free, Percent, Size, Time};
use crate::compat::table::{ForeignCheck, LevelForm, Mapping, level, mapped, refused};

/// The actions, sorted by name.
pub(super) static SERVER: &[ForeignCheck] = &[
    mapped(
        "archive_ready",
        Mapping::to(&["archive_backlog"])
            .levels(&[level(Count, "archive_backlog", "waiting", Above)])
            .defaults("10", "15")
            .accepts(&["lsfunc"]),
    )
    .differs(
        "The old plugin reports 0 files on PostgreSQL 10 and newer, as it looks for .ready files in pg_wal; posemo counts \
         them in pg_wal/archive_status.",
    ),
    mapped(
        "autovac_freeze",
        Mapping::to(&["wraparound_age"])
            .levels(&[level(Percent, "wraparound_age", "xids_due", AtLeast)])
            .defaults("90%", "95%")
            .objects(Databases),
    )
    .differs("posemo also judges multixacts, which the old plugin does not read."),
    mapped(
        "backends",
        Mapping::to(&["connection_usage"])
            .levels(&[
                level(Percent, "connection_usage", "used", AtLeast),
                level(Count, "connection_usage", "connections", AtLeast),
                level(Free, "connection_usage", "free", AtMost).of_object("server"),
            ])
            .defaults("90%", "95%")
            .keeps_critical()
            .silenced(&[("connection_usage", "used")])
            .objects(crate::compat::table::ForeignObjects::Refused(
                "connection_usage counts all connections, as all of them use the limit",
            )),
    )
    .differs(
        "The share and the free connections (-5) are of those that ordinary roles may open, without the reserved ones. The \
         share is also of the limits of databases and roles. --noidle has no counterpart.",
    ),
    mapped(
        "checkpoint",
        Mapping::to(&["checkpoint_age"])
            .levels(&[level(Time, "checkpoint_age", "age", AtLeast)])
            .required()
            .silenced(&[("checkpoint_age", "overdue")])
            .accepts(&["datadir", "assume-prod"]),
    )
    .differs(
        "posemo asks the server, so --datadir is not needed. --assume-prod adds the check replication_role, which a standby \
         makes CRITICAL.",
    ),
    mapped(
        "cluster_id",
        Mapping::to(&["cluster_identity"])
            .form(LevelForm::Argument("expected"))
            .required()
            .accepts(&["datadir"]),
    )
    .differs(
        "Another cluster is CRITICAL, also with -w. The call with -c 0 prints the identifier and is OK; the old plugin is \
         UNKNOWN.",
    ),
    mapped("connection", Mapping::to(&["alive"]).form(LevelForm::Refused("connection has no levels")))
        .differs(
            "posemo connects to its database posemo, also if --dbname names another one. A role, a password or a service that is \
             wrong is UNKNOWN, in the old plugin CRITICAL.",
        ),
    mapped("dbstats", Mapping::to(&["database_activity"]).form(LevelForm::Refused("dbstats has no levels")))
        .differs("The counters are performance data of the plugin, not the format of Cacti."),
    refused(
        "disk_space",
        "SQL cannot read the free space of a file system; a check of the operating system reads it",
    ),
    refused("fsm_pages", "PostgreSQL 8.4 removed the limit of the free space map"),
    refused("fsm_relations", "PostgreSQL 8.4 removed the limit of the free space map"),
    mapped(
        "hot_standby_delay",
        Mapping::to(&["replication_lag"])
            .levels(&[
                level(Count, "replication_lag", "behind", Above),
                level(Time, "replication_lag", "lag", Above),
            ])
            .form(LevelForm::DelayAnd)
            .required()
            .silenced(&[("replication_lag", "lag"), ("replication_lag", "behind")])
            .accepts(&["assume-async"])
            .standby(),
    )
    .differs(
        "posemo connects only to the standby of the hosts. Bytes and time each alarm on their own, also joined by and. A \
         standby that receives nothing or whose replay is paused is a problem; the time does not grow on an idle primary; the \
         old plugin counts 16 MB too little for each 4 GB of WAL.",
    ),
    refused(
        "listener",
        "the action reads the catalog pg_listener, which PostgreSQL 9.0 removed, and later servers do not show which sessions \
         listen",
    ),
    mapped(
        "locks",
        Mapping::to(&["lock_table_usage"])
            .levels(&[
                level(Count, "lock_table_usage", "holders", AtLeast).label("total"),
                level(Count, "lock_counts", "waiting", AtLeast).label("waiting"),
                level(Count, "lock_counts", "granted", AtLeast).label("mode"),
            ])
            .form(LevelForm::Locks)
            .defaults("100", "150")
            .silenced(&[("lock_table_usage", "used")]),
    )
    .differs(
        "total counts the locks in the lock table; waiting counts each mode on its own. Waits for a row count (a ShareLock on the \
         id of a transaction), which the old plugin does not see. Databases cannot be left out, as all use one lock table.",
    ),
    mapped(
        "lockwait",
        Mapping::to(&["blocked_sessions"])
            .levels(&[level(Time, "blocked_sessions", "longest_wait", AtLeast)])
            .defaults("1 min", "2 min")
            .objects(Sessions),
    )
    .differs("An ordinary role sees no waits in the old plugin (OK); posemo's function sees all."),
    refused(
        "logfile",
        "the age at which a log file is too old depends on the server: posemo check log_directory -c newest=1h",
    ),
    refused("new_version_bc", "the action compares the version of Bucardo, which is not part of PostgreSQL"),
    refused("new_version_box", "the action compares the version of boxinfo, which is not part of PostgreSQL"),
    refused("new_version_cp", "the action compares the version of check_postgres itself"),
    mapped("new_version_pg", Mapping::to(&["minor_version"]).form(LevelForm::Ignored)).differs(
        "posemo knows the versions and their flaws without a connection to the Internet; its state depends on the flaws. \
         posemo update-advisories takes a newer list.",
    ),
    refused("new_version_tnm", "the action compares the version of tail_n_mail, which is not part of PostgreSQL"),
    refused(
        "pgagent_jobs",
        "the jobs are in tables of pgAgent, and posemo reads no tables of users; write a check for them (docs/writing-checks.md)",
    ),
    mapped(
        "prepared_txns",
        Mapping::to(&["prepared_transactions"])
            .levels(&[level(Time, "prepared_transactions", "age", AtLeast)])
            .defaults("1", "30")
            .objects(Databases),
    ),
    mapped(
        "query_time",
        Mapping::to(&["long_queries"])
            .levels(&[level(Time, "long_queries", "running", AtLeast)])
            .form(LevelForm::TimeOrCount)
            .required()
            .objects(Sessions),
    )
    .differs(
        "An ordinary role sees only itself in the old plugin (OK); posemo's function sees all sessions. A number of \
         statements (5 for 10 minutes, +5) has no counterpart.",
    ),
    refused(
        "replicate_row",
        "posemo writes into no table of a user: use hot_standby_delay, or posemo check replication_lag on each standby",
    ),
    mapped(
        "replication_slots",
        Mapping::to(&["slot_wal"])
            .levels(&[level(Size, "slot_wal", "kept", AtLeast)])
            .required()
            .silenced(&[("slot_wal", "over_limit")])
            .objects(Names),
    )
    .differs("A slot that is lost keeps no WAL: slot_health reports it."),
    mapped(
        "settings_checksum",
        Mapping::to(&["settings_drift"]).form(LevelForm::Argument("expected")).required(),
    )
    .differs(
        "The digest is another one and does not depend on the role: the call with -c 0 prints it and is OK; the old \
         plugin is UNKNOWN. A digest of the old plugin is refused.",
    ),
    refused(
        "slony_status",
        "the view sl_status belongs to Slony, and posemo reads no tables of users; write a check for it (docs/writing-checks.md)",
    ),
    mapped(
        "timesync",
        Mapping::to(&["clock_skew"])
            .levels(&[level(Time, "clock_skew", "skew", AtLeast)])
            .defaults("2", "5"),
    )
    .differs("The time on the network does not count."),
    mapped(
        "txn_idle",
        Mapping::to(&["idle_in_transaction"])
            .levels(&[level(Time, "idle_in_transaction", "idle", AtLeast)])
            .form(LevelForm::TimeOrCount)
            .required()
            .objects(Sessions),
    )
    .differs(
        "An ordinary role sees only itself in the old plugin (OK); posemo's function sees all sessions. Transactions that failed \
         count, sessions of pg_dump do not. A number of sessions (5 for 10 seconds, +5) has no counterpart.",
    ),
    mapped(
        "txn_time",
        Mapping::to(&["long_transactions"])
            .levels(&[level(Time, "long_transactions", "open", AtLeast)])
            .form(LevelForm::TimeOrCount)
            .required()
            .objects(Sessions),
    )
    .differs(
        "An ordinary role sees only itself in the old plugin (OK); posemo's function sees all sessions. A number of \
         transactions (5 for 10 seconds, +5) has no counterpart.",
    ),
    mapped(
        "txn_wraparound",
        Mapping::to(&["wraparound_age"])
            .levels(&[level(Count, "wraparound_age", "xid_age", AtLeast)])
            .defaults("1300000000", "1400000000")
            .silenced(&[("wraparound_age", "xids_used"), ("wraparound_age", "xids_due")])
            .objects(Databases),
    )
    .differs("posemo also judges multixacts, which the old plugin does not read."),
    mapped(
        "version",
        Mapping::to(&["server_version"])
            .levels(&[
                level(Count, "server_version", "major", Not).label("major"),
                level(Count, "server_version", "minor", Not).label("minor"),
            ])
            .form(LevelForm::Version)
            .required(),
    )
    .differs(
        "A major version alone, as in -c 15, fits every minor version; the old plugin refuses 15.18 (CRITICAL). A version before 10 \
         is that of no server that posemo monitors.",
    ),
    mapped(
        "wal_files",
        Mapping::to(&["wal_directory"])
            .levels(&[level(Count, "wal_directory", "segments", Above)])
            .defaults("10", "15")
            .silenced(&[("wal_directory", "share")])
            .accepts(&["lsfunc"]),
    ),
];
