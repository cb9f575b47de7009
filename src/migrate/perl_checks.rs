//! The checks of the Perl program Posemo, and what answers them.

/// A check of Posemo.
#[derive(Debug)]
pub(super) struct PerlCheck {
    /// Its name in the configuration, in lower-case letters.
    pub(super) name: &'static str,
    /// The check of posemo.
    pub(super) check: &'static str,
    /// The metric of its levels; absent if a level has no counterpart.
    pub(super) metric: Option<&'static str>,
    /// Whether a lower value is worse.
    pub(super) lower_is_worse: bool,
    /// Why a level has no counterpart.
    pub(super) refused: &'static str,
    /// Where the old answer was wrong.
    pub(super) differs: &'static str,
}

const COUNTER: &str = "the level is for a counter that only grows; posemo serve judges its rate: posemo explain prints the names";
const SEVERAL: &str =
    "one level is for several values of different meaning; set a range for each metric";

const fn of(
    name: &'static str,
    check: &'static str,
    metric: Option<&'static str>,
    refused: &'static str,
    differs: &'static str,
) -> PerlCheck {
    PerlCheck { name, check, metric, lower_is_worse: false, refused, differs }
}

/// All checks, sorted by name.
pub(super) static PERL_CHECKS: [PerlCheck; 16] = [
    of("activity", "session_states", None, SEVERAL, ""),
    of("alive", "alive", None, "it has no levels", ""),
    of("allocatedbuffers", "background_writes", None, COUNTER, ""),
    of(
        "backupage",
        "exclusive_backup",
        Some("age"),
        "",
        "PostgreSQL 15 removed exclusive backups: the check does not apply there; the old installation fails there.",
    ),
    of("bgwriterpressure", "background_writes", None, COUNTER, ""),
    PerlCheck {
        lower_is_worse: true,
        ..of(
            "cachehitratio",
            "cache_hit_ratio",
            Some("hit_ratio"),
            "",
            "The old check was CRITICAL for a database without requests; posemo judges databases with at least 1,000,000 requested blocks.",
        )
    },
    of("checkpoints", "checkpoint_pressure", None, COUNTER, ""),
    of("checkpointtime", "checkpoint_pressure", None, COUNTER, ""),
    of(
        "connectionlimit",
        "connection_usage",
        Some("used"),
        "",
        "The share is of the connections that ordinary roles may open; limits of databases and roles count, too.",
    ),
    of("crudcount", "database_activity", None, COUNTER, ""),
    of("dbsize", "database_size", Some("size"), "", ""),
    of(
        "primary",
        "replication_role",
        None,
        "it has no levels",
        "The old check tested another value: is_primary never alarmed, and isnt_primary always did.",
    ),
    of("readwritetime", "database_activity", None, COUNTER, ""),
    of(
        "slavelag",
        "replication_lag",
        Some("lag"),
        "",
        "The time does not grow on an idle primary, and a primary has no lag; the old check read no value as 0.",
    ),
    of("transactions", "database_activity", None, COUNTER, ""),
    of(
        "writeable",
        "writeable",
        Some("commit"),
        "",
        "The time includes the commit; the old check never compared it with its levels.",
    ),
];
