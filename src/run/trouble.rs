//! Says what went wrong with a check or a target, and what to do about it.
//!
//! It decides nothing: the state of whatever it words is Unknown.

use std::time::Duration;

use crate::database::error::DatabaseError;

/// Why the function of a check gave no rows.
pub(super) fn of_call(error: &DatabaseError, statement: Duration) -> String {
    match error.sqlstate() {
        Some("57014") => format!(
            "took longer than {} s and was stopped; see what it waits for, or raise the time-out",
            statement.as_secs_f64()
        ),
        Some("55P03") => {
            "waited 2 s for a lock that another session holds; see pg_locks".to_owned()
        }
        Some("42883" | "42703") => {
            format!(
                "the installed function is not the one of this version: run posemo install again; {error}"
            )
        }
        Some("42501") => {
            format!("{error}; run posemo install, or name the role that it was run for")
        }
        _ => error.to_string(),
    }
}

/// Why a check has no function to call.
pub(super) fn not_installed(schema_exists: bool, schema: &str, database: &str) -> String {
    if schema_exists {
        return format!(
            "not installed in database {database}: run posemo install, which says why if it leaves a check out"
        );
    }
    format!(
        "there is no schema {schema} in database {database}: run posemo install, or name the right database"
    )
}

/// Why functions are there and are not called.
pub(super) fn of_strangers(schema: &str) -> String {
    format!(
        "schema {schema} belongs neither to a superuser nor to who installed at home, so its functions are not called: see posemo verify"
    )
}

/// Why nothing came in time.
pub(super) fn late(doing: &str, limit: Duration) -> String {
    format!(
        "{doing} took longer than {} s; is the server overloaded or the network broken?",
        limit.as_secs_f64()
    )
}
