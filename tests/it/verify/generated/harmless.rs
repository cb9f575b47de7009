//! The alterations that `verify` does not report, with the reasons.
//!
//! This file contains only data.

/// Alterations that `verify` does not report.
pub(super) struct Harmless {
    /// The start of the statements.
    pub(super) starts: &'static str,
    /// Each statement contains one of these texts.
    pub(super) contains: &'static [&'static str],
    pub(super) reason: &'static str,
}

/// The limits of sessions.
const LIMITS: &[&str] = &[
    " SET statement_timeout ",
    " SET lock_timeout ",
    " SET idle_in_transaction_session_timeout ",
    " SET idle_session_timeout ",
    " SET transaction_timeout ",
];

/// The whole list.
pub(super) const HARMLESS: &[Harmless] = &[
    Harmless {
        starts: "COMMENT ON ROLE posemo IS NULL",
        contains: &[""],
        reason: "a monitor role that existed before the installation has no comment",
    },
    Harmless {
        starts: "GRANT ",
        contains: &[" WITH SET FALSE"],
        reason: "an owner role uses the privileges of its memberships by inheritance",
    },
    Harmless {
        starts: "ALTER ROLE posemo SET ",
        contains: LIMITS,
        reason: "sessions of posemo have their own limits",
    },
    Harmless {
        starts: "ALTER ROLE posemo IN DATABASE app SET ",
        contains: LIMITS,
        reason: "sessions of posemo have their own limits",
    },
    Harmless {
        starts: "ALTER ROLE mallory IN DATABASE posemo SET ",
        contains: LIMITS,
        reason: "sessions of posemo have their own limits",
    },
    Harmless {
        starts: "ALTER DATABASE posemo SET ",
        contains: LIMITS,
        reason: "sessions of posemo have their own limits",
    },
    Harmless {
        starts: "UPDATE pg_catalog.pg_database SET ",
        contains: &[" SET datname ", " SET datallowconn ", " SET datconnlimit "],
        reason: "the database cannot be entered, or by more sessions",
    },
    Harmless {
        starts: "UPDATE pg_catalog.pg_database SET ",
        contains: &[
            " SET encoding ",
            " SET datlocprovider ",
            " SET dathasloginevt ",
            " SET datlastsysoid ",
            " SET dattablespace ",
            " SET datcollate ",
            " SET datctype ",
            " SET daticulocale ",
            " SET datlocale ",
            " SET daticurules ",
            " SET datcollversion ",
        ],
        reason: "no command changes it in an existing database, or it gives no privilege",
    },
];

impl Harmless {
    /// Why a statement is harmless.
    pub(super) fn reason(statement: &str) -> Option<&'static str> {
        let is_it = |entry: &&Harmless| {
            statement.starts_with(entry.starts)
                && entry.contains.iter().any(|text| statement.contains(text))
        };
        HARMLESS.iter().find(is_it).map(|entry| entry.reason)
    }
}
