//! What a report says where a check or a target failed, and what to do.

use std::time::Duration;

use crate::database::error::{DatabaseError, LimitExceeded};

/// A function of a check that failed.
pub(super) fn failed_call(error: &DatabaseError, statement: Duration) -> String {
    match error.sqlstate() {
        Some("57014") => format!(
            "took longer than {} s and was canceled; see what it waits for, or increase the time-out",
            statement.as_secs_f64()
        ),
        Some("55P03") => {
            "waited 2 s for a lock that another session holds; see pg_locks".to_owned()
        }
        Some("42883" | "42703") => format!(
            "the installed function is of another version of posemo: run posemo install again; {error}"
        ),
        Some("42501") => {
            format!("{error}; run posemo install, or connect as the role that it was run for")
        }
        _ => error.to_string(),
    }
}

/// A check without a function to call.
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

/// A schema whose functions are not called.
pub(super) fn untrusted_schema(schema: &str) -> String {
    format!(
        "schema {schema} is owned by an untrusted role (not a superuser, not the installing role), so its functions are not called: see posemo verify"
    )
}

/// No database has the functions of a check.
pub(super) const NOWHERE_INSTALLED: &str =
    "not installed in any database: run posemo install with --database NAME or --all-databases";

/// Something that did not end in time.
pub(super) fn late(what: &str, limit: Duration) -> String {
    LimitExceeded::new(what, limit).to_string()
}
