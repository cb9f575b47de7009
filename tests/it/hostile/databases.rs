//! Databases of the world: every name that PostgreSQL takes, and databases that not everybody gets into.
//!
//! How names are printed is tested beside each output; here they only have to lead to the right place.

use std::collections::BTreeSet;

use super::{reports_on, run, unknown_alone};
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

/// Gives how many names were tried.
pub(super) fn of_the_world(server: &Server) -> usize {
    for name in NAMES {
        server.superuser("postgres", &format!("CREATE DATABASE {}", identifier(name)));
    }
    server.superuser("postgres", "CREATE DATABASE \"nobody's\" ALLOW_CONNECTIONS false");
    server.install(&["--all-databases"]);
    let names = || NAMES.iter().copied().chain(["app", "postgres"]);
    assert_eq!(asked(server), set(names()));

    server.superuser("postgres", "CREATE DATABASE \"a new one\"");
    let said = server.install(&["--all-databases"]);
    let changes: Vec<&str> = said.lines().filter(|line| line.contains(" database ")).collect();
    assert!(
        !changes.is_empty()
            && changes.iter().all(|line| line.ends_with("database a new one")
                || line.contains("database a new one to")),
        "{said}"
    );
    assert_eq!(asked(server), set(names().chain(["a new one"])));

    keeps_somebody_out(server);
    says_nothing_to_change(server);
    NAMES.len()
}

/// The databases that the checks were asked in, each with an answer.
fn asked(server: &Server) -> BTreeSet<String> {
    let (report, _) = run(server);
    let checks = report["targets"][0]["checks"].as_array().unwrap().clone();
    assert!(checks.iter().all(|check| check["error"].is_null()), "{report:#}");
    checks.iter().filter_map(|check| check["database"].as_str()).map(str::to_owned).collect()
}

fn set<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    names.map(str::to_owned).collect()
}

/// A database that the monitor cannot get into any more is Unknown, and only that one. A superuser gets in.
fn keeps_somebody_out(server: &Server) {
    for (done, reason, mended) in [
        (
            "ALTER DATABASE \"it's\" CONNECTION LIMIT 0",
            "too many connections for database",
            "ALTER DATABASE \"it's\" CONNECTION LIMIT -1",
        ),
        (
            "REVOKE CONNECT ON DATABASE \"it's\" FROM posemo, PUBLIC",
            "grant it CONNECT",
            "GRANT CONNECT ON DATABASE \"it's\" TO posemo, PUBLIC",
        ),
    ] {
        server.superuser("postgres", done);
        unknown_alone(server, "it's", reason);
        server.superuser("postgres", mended);
        let (report, _) = run(server);
        assert!(
            reports_on(&report, "it's").0.iter().all(|check| check["state"] == "ok"),
            "{report:#}"
        );
    }
}

fn says_nothing_to_change(server: &Server) {
    let said = server.install(&["--all-databases"]);
    assert!(said.ends_with("nothing to change: everything is as it should be\n"), "{said}");
}
