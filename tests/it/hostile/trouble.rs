//! Servers in trouble: a standby, no connection left, a catalog that somebody has locked.
//!
//! Expects a server on which posemo is installed for database `app`.

use std::path::Path;
use std::time::{Duration, Instant};

use posemo::tempserver::ServerOptions;

use super::{Traces, run, unknown_alone};
use crate::server::Server;
use crate::waiting::{assert_within, until};

/// Gives how many refusals of the installer there were.
pub(super) fn is_told(server: &Server, bindir: &Path) -> usize {
    no_connection_left(server);
    locked_catalog(server);
    one_failure_is_one(server);
    standby(server, bindir)
}

fn no_connection_left(server: &Server) {
    server.superuser("postgres", "ALTER ROLE posemo CONNECTION LIMIT 0");
    let (report, code) = run(server);
    let target = &report["targets"][0];
    let error = target["error"].as_str().unwrap_or_default();
    assert!(
        error.contains("too many connections for role")
            && error.contains("raise max_connections or the role's limit"),
        "{report:#}"
    );
    assert_eq!((code, target["state"].as_str()), (3, Some("unknown")));
    let plugin = server.posemo(&["check", "alive"]);
    let said = String::from_utf8_lossy(&plugin.stdout);
    assert!(plugin.status.code() == Some(3) && said.starts_with("ALIVE UNKNOWN - "), "{said}");
    server.superuser("postgres", "ALTER ROLE posemo CONNECTION LIMIT 10");
}

/// Somebody who locks a catalog must not make the monitor wait for ever, nor anybody for the monitor.
fn locked_catalog(server: &Server) {
    let person = server.session("postgres", "app");
    person.ask("BEGIN; LOCK TABLE pg_catalog.pg_sequence IN ACCESS EXCLUSIVE MODE").unwrap();
    let begun = Instant::now();
    unknown_alone(server, "app", "waited 2 s for a lock");
    assert_within(Duration::from_secs(2), begun, "a lock");
    person.ask("ROLLBACK").unwrap();
    let (report, code) = run(server);
    assert_eq!(code, 0, "{report:#}");
}

/// A check that fails takes no other with it, even where the server would end the session after an error.
fn one_failure_is_one(server: &Server) {
    server.superuser("postgres", "ALTER ROLE posemo SET exit_on_error = on");
    let person = server.session("postgres", "postgres");
    person.ask("BEGIN; LOCK TABLE pg_catalog.pg_auth_members IN ACCESS EXCLUSIVE MODE").unwrap();
    let (report, _) = run(server);
    person.ask("ROLLBACK").unwrap();
    server.superuser("postgres", "ALTER ROLE posemo RESET ALL");
    let checks = report["targets"][0]["checks"].as_array().unwrap();
    let said = |check: &serde_json::Value| check["error"].as_str().map(str::to_owned);
    let late = checks
        .iter()
        .filter_map(said)
        .filter(|error| error.contains("waited 2 s for a lock"))
        .count();
    let failed = checks.iter().filter_map(said).count();
    assert!(late > 0 && late == failed && failed < checks.len(), "{report:#}");
}

/// A standby is asked like any server, whatever isolation its roles wish for; nothing is installed there.
fn standby(primary: &Server, bindir: &Path) -> usize {
    let standby = Server(
        primary
            .0
            .standby(&ServerOptions { bindir: Some(bindir.to_owned()), ..ServerOptions::default() })
            .unwrap(),
    );
    let before = Traces::of(&standby);
    let mut refusals = 0;
    for arguments in [&["--database", "app"][..], &["--home", "another"]] {
        let output = standby.posemo(&[&["install", "-U", "postgres"], arguments].concat());
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if output.status.code() == Some(1) {
            refusals += 1;
            assert!(said.contains("standby") && said.lines().count() == 1, "{said}");
        } else {
            assert!(said.ends_with("nothing to change: everything is as it should be\n"), "{said}");
        }
    }
    before.assert_same(&Traces::of(&standby), "the standby changed");
    for transaction in ["'read committed'", "serializable"] {
        let sql = format!(
            "ALTER ROLE posemo SET default_transaction_isolation = {transaction}; ALTER ROLE posemo SET default_transaction_deferrable = on"
        );
        primary.superuser("postgres", &sql);
        wait_until_replayed(primary, &standby);
        let (report, code) = run(&standby);
        assert!(
            code == 0 && report["targets"][0]["role"] == "standby",
            "{transaction}: {report:#}"
        );
    }
    refusals
}

fn wait_until_replayed(primary: &Server, standby: &Server) {
    let written = primary.superuser("postgres", "SELECT pg_current_wal_insert_lsn()");
    let replayed = format!("SELECT pg_last_wal_replay_lsn() >= '{}'", written[0]);
    until("the standby to follow", || standby.superuser("postgres", &replayed) == ["t"]);
}
