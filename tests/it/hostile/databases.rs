//! Databases with special characters in their names, and databases that the monitor role cannot connect to.
//!
//! The tests of each output format test how names are printed.

use std::collections::BTreeSet;

use super::{only_this_is_unknown, reports_on, run_few};
use crate::server::Server;
use posemo::text::sql::identifier;

const NAMES: &[&str] = &[
    "it's",
    "say \"hello\"",
    "two\nlines",
    "\u{1b}[31mred",
    "back\\slash",
    "100% %s",
    "\u{202e}desrever",
    "éééééééééééééééééééééééééééééééx",
    " blank ",
    " ",
    "-x",
    "$posemo$",
    "host=elsewhere",
    "postgresql://elsewhere/x",
];

/// Returns the number of names.
pub(super) fn names_with_special_characters(server: &Server) -> usize {
    for name in NAMES {
        server.superuser("postgres", &format!("CREATE DATABASE {}", identifier(name)));
    }
    server.superuser("postgres", "CREATE DATABASE \"closed\" ALLOW_CONNECTIONS false");
    server.install_few(&["--all-databases"]);
    let names = || NAMES.iter().copied().chain(["app", "postgres"]);
    assert_eq!(checked(server), set(names()));

    server.superuser("postgres", "CREATE DATABASE \"a new one\"");
    let output = server.install_few(&["--all-databases"]);
    let changes: Vec<&str> = output.lines().filter(|line| line.contains(" database ")).collect();
    assert!(
        !changes.is_empty()
            && changes.iter().all(|line| line.ends_with("database a new one")
                || line.contains("database a new one to")),
        "{output}"
    );
    assert_eq!(checked(server), set(names().chain(["a new one"])));

    an_unreachable_database_is_unknown(server);
    has_nothing_to_change(server);
    NAMES.len()
}

/// The databases in which checks ran; none of them failed.
fn checked(server: &Server) -> BTreeSet<String> {
    let (report, _) = run_few(server);
    let checks = report["targets"][0]["checks"].as_array().unwrap().clone();
    assert!(checks.iter().all(|check| check["error"].is_null()), "{report:#}");
    checks.iter().filter_map(|check| check["database"].as_str()).map(str::to_owned).collect()
}

fn set<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    names.map(str::to_owned).collect()
}

/// A database that the monitor role can no longer connect to is Unknown, and only this one.
fn an_unreachable_database_is_unknown(server: &Server) {
    server.superuser("postgres", "REVOKE CONNECT ON DATABASE \"it's\" FROM posemo, PUBLIC");
    only_this_is_unknown(server, "it's", "grant it CONNECT");
    server.superuser("postgres", "GRANT CONNECT ON DATABASE \"it's\" TO posemo, PUBLIC");
    let (report, _) = run_few(server);
    assert!(reports_on(&report, "it's").0.iter().all(|check| check["state"] == "ok"), "{report:#}");
}

fn has_nothing_to_change(server: &Server) {
    let output = server.install_few(&["--all-databases"]);
    assert!(
        output.ends_with("nothing to change: everything is installed as expected\n"),
        "{output}"
    );
}
