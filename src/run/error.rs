//! Why a check or a target failed, in the words of the report.

use std::time::Duration;

use crate::catalog::owner_set::OwnerSet;
use crate::database::error::{DatabaseError, LimitExceeded};
use crate::finding::report::Outage;
use crate::sandbox::SandboxError;
use crate::text::number::duration;

/// Why a session or a call failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    /// The connection failed.
    #[error(transparent)]
    Connect(DatabaseError),
    /// The server reported an error.
    #[error("{}", failed_call(.error, *.statement))]
    Call {
        error: DatabaseError,
        /// The limit for a statement.
        statement: Duration,
    },
    /// The owner role of the check cannot read a table of users.
    #[error("{error} in database {database}: {advice}")]
    Table {
        database: String,
        error: DatabaseError,
        /// What to do, with the statements that grant what is missing.
        advice: String,
    },
    /// The limit was exceeded.
    #[error(transparent)]
    Late(LimitExceeded),
    /// The functions of a schema are not called.
    #[error(
        "schema {0} is owned by an untrusted role (not a superuser, not the installing role), so its functions are not \
         called: see posemo verify"
    )]
    UntrustedSchema(String),
    /// The user named a database in which no check can run.
    #[error("database {database} is not monitored: {reason}")]
    NotMonitored { database: String, reason: String },
}

impl RunError {
    /// Why the server does not answer. `None` if it answered.
    pub(super) fn outage(&self) -> Option<Outage> {
        match self {
            Self::Connect(error) | Self::Call { error, .. } => error.outage(),
            Self::Late(_) => Some(Outage::NoAnswer),
            Self::Table { .. } | Self::UntrustedSchema(_) | Self::NotMonitored { .. } => None,
        }
    }

    /// Whether the database was dropped or closed before a session was open. It may exist again since.
    pub(super) fn is_lost_database(&self) -> bool {
        // 55000 is a database that allows no connections.
        matches!(self, Self::Connect(error)
            if error.is_missing_database() || error.sqlstate() == Some("55000"))
    }

    /// Whether a call took too long. The server has answered before.
    pub(super) fn is_late(&self) -> bool {
        match self {
            Self::Late(_) => true,
            Self::Call { error, .. } => error.sqlstate() == Some("57014"),
            _ => false,
        }
    }

    /// Whether the server does not have the function of a call, or refuses to call it.
    pub(super) fn is_about_call(&self) -> bool {
        matches!(self, Self::Call { error, .. } if error.is_about_call())
    }

    pub(super) fn late(what: &str, limit: Duration) -> RunError {
        RunError::Late(LimitExceeded::new(what, limit))
    }
}

/// The error of a call about a table of the check's owner set, with the missing grants.
pub(super) fn table_error(
    error: DatabaseError,
    own: &OwnerSet,
    database: &str,
) -> Result<RunError, DatabaseError> {
    let advice = match error.sqlstate() {
        Some("42P01" | "3F000") => "create the table, then run posemo install, or ",
        Some("42703") => {
            "add the column to the table, or remove it from the check and from its owner set, then run posemo install, or "
        }
        Some("42501") => "run posemo install, or ",
        _ => return Err(error),
    };
    let grants = own.grants_for(&error.to_string());
    if grants.is_empty() {
        return Err(error);
    }
    let advice = format!("{advice}{}", grants.join("; "));
    Ok(RunError::Table { database: database.to_owned(), error, advice })
}

/// Names of databases in a message at most.
const MOST_DATABASES: usize = 8;

/// Why no check can run in a database that the user named. `closed`: checks are installed there, but it allows no
/// connections. The names are those of the databases in which checks can run.
pub(super) fn not_monitored(database: &str, closed: bool, names: &[&str]) -> RunError {
    let reason = if closed {
        "it allows no connections".to_owned()
    } else {
        let others = match listed(names) {
            list if list.is_empty() => list,
            list => format!(". Databases with checks: {list}"),
        };
        format!(
            "it does not exist, or no per-database checks are installed there; see posemo install --database NAME{others}"
        )
    };
    RunError::NotMonitored { database: database.to_owned(), reason }
}

/// The first names of databases. A server can send names of any length.
fn listed(names: &[&str]) -> String {
    let short = names.iter().copied().filter(|name| name.len() < 256);
    let shown: Vec<&str> = short.take(MOST_DATABASES).collect();
    match names.len() - shown.len() {
        more if more > 0 && !shown.is_empty() => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}

fn failed_call(error: &DatabaseError, statement: Duration) -> String {
    match error.sqlstate() {
        Some("57014") => format!(
            "took longer than {} and was canceled; see what it waits for, or increase the time-out",
            duration(statement.as_secs_f64())
        ),
        Some("55P03") => "waited for a lock that another session holds; see pg_locks".to_owned(),
        Some("42883" | "42703") => format!(
            "the installed function is of another version of posemo, or its extension was moved: run posemo install again; {error}"
        ),
        // The monitor role could call the function; its owner role lacks a privilege.
        Some("42501") if error.is_inside_function() => format!(
            "{error}: the owner role of the check lacks a privilege. Run posemo install, which grants it on system catalogs; \
             posemo verify -U postgres names it. On another object, grant it to the owner role"
        ),
        Some("42501") => {
            format!("{error}; run posemo install, or connect as the role that it was run for")
        }
        _ => error.to_string(),
    }
}

/// Why a script has no findings.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScriptRunError {
    /// It was stopped, or the deadline of the sweep is over.
    #[error(
        "no time was left for its script: increase the time-out, or look for a loop that does not end"
    )]
    NoTime,
    /// Other scripts used the worker until the deadline.
    #[error(
        "no time was left to judge: the worker was busy with scripts of other checks or targets"
    )]
    Busy,
    /// It was stopped a short time ago.
    #[error("its script was stopped on another target or database, and is not tried again yet")]
    StoppedBefore,
    /// The worker or the script failed.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

/// Why a check is skipped in a database without its functions.
pub(super) fn not_installed(schema_exists: bool, schema: &str, database: &str) -> String {
    if schema_exists {
        return format!(
            "not installed in database {database}: run posemo install, which reports why it leaves a check out"
        );
    }
    format!(
        "database {database} has no schema {schema}: run posemo install, or connect to the home database"
    )
}

/// Why a check is skipped whose function is installed only where its extension is.
pub(super) fn without_extension(extension: &str, database: &str) -> String {
    format!(
        "not applicable: requires extension {extension} in database {database}; to use it, run CREATE EXTENSION {extension} \
         there if it is missing, then posemo install, which reports any other reason"
    )
}

/// Why a check is skipped in a database that it names, and in which posemo has no functions for the current role.
pub(super) fn not_installed_in(database: &str) -> String {
    format!(
        "not installed in database {database}, in which the check should run: run posemo install with --database {database}, or correct the key databases of the check"
    )
}

/// Why a check is skipped in a database that it names.
pub(super) fn allows_no_connections(database: &str) -> String {
    format!("database {database}, in which the check should run, allows no connections")
}

/// Why a check is skipped that was called in no database. The arguments are the databases with checks that allow no
/// connections.
pub(super) fn called_nowhere(closed: &[&str]) -> String {
    if closed.is_empty() {
        return "not installed in any database: run posemo install with --database NAME or --all-databases"
            .to_owned();
    }
    format!(
        "not installed in any database that allows connections. Databases that allow none: {}",
        listed(closed)
    )
}
