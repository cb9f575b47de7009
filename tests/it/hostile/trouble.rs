//! Failures of a server are reported: a standby, no free connection, a locked system catalog.
//!
//! The server must have an installation with database `app`.

use std::path::Path;
use std::time::{Duration, Instant};

use posemo::tempserver::ServerOptions;

use super::{Traces, only_this_is_unknown, run};
use crate::server::Server;
use crate::waiting::{assert_within, until};

/// Returns the number of refusals of `install`.
pub(super) fn is_reported(server: &Server, bindir: &Path) -> usize {
    no_free_connection_is_reported(server);
    a_locked_catalog_is_reported(server);
    one_failure_leaves_other_checks_alone(server);
    standby(server, bindir)
}

fn no_free_connection_is_reported(server: &Server) {
    server.superuser("postgres", "ALTER ROLE posemo CONNECTION LIMIT 0");
    let (report, code) = run(server);
    let target = &report["targets"][0];
    let error = target["error"].as_str().unwrap_or_default();
    assert!(
        error.contains("too many connections for role")
            && error.contains("raise it with ALTER ROLE … CONNECTION LIMIT"),
        "{report:#}"
    );
    assert_eq!((code, target["state"].as_str()), (3, Some("unknown")));
    let plugin = server.posemo(&["check", "alive"]);
    let line = String::from_utf8_lossy(&plugin.stdout);
    assert!(plugin.status.code() == Some(3) && line.starts_with("ALIVE UNKNOWN - "), "{line}");
    server.superuser("postgres", "ALTER ROLE posemo CONNECTION LIMIT 20");
}

/// Checks report the settings of this server, and none of them fails.
fn assert_no_check_fails(report: &serde_json::Value) {
    let target = &report["targets"][0];
    assert!(target["error"].is_null(), "{report:#}");
    for check in target["checks"].as_array().unwrap() {
        assert!(check["error"].is_null() && check["state"] != "unknown", "{check:#}");
    }
}

/// If a session locks a system catalog, the monitor role does not wait longer than its lock timeout.
fn a_locked_catalog_is_reported(server: &Server) {
    let person = server.session("postgres", "app");
    person.ask("BEGIN; LOCK TABLE pg_catalog.pg_sequence IN ACCESS EXCLUSIVE MODE").unwrap();
    let begun = Instant::now();
    only_this_is_unknown(server, "app", "waited for a lock");
    assert_within(Duration::from_secs(2), begun, "a lock");
    person.ask("ROLLBACK").unwrap();
    assert_no_check_fails(&run(server).0);
}

/// A failed check does not affect other checks, even if the server ends the session after an error.
fn one_failure_leaves_other_checks_alone(server: &Server) {
    server.superuser("postgres", "ALTER ROLE posemo SET exit_on_error = on");
    let person = server.session("postgres", "postgres");
    person.ask("BEGIN; LOCK TABLE pg_catalog.pg_subscription IN ACCESS EXCLUSIVE MODE").unwrap();
    let (report, _) = run(server);
    person.ask("ROLLBACK").unwrap();
    server.superuser("postgres", "ALTER ROLE posemo RESET ALL");
    let checks = report["targets"][0]["checks"].as_array().unwrap();
    let error = |check: &serde_json::Value| check["error"].as_str().map(str::to_owned);
    let late =
        checks.iter().filter_map(error).filter(|error| error.contains("waited for a lock")).count();
    let failed = checks.iter().filter_map(error).count();
    assert!(late > 0 && late == failed && failed < checks.len(), "{report:#}");
}

/// Checks run on a standby with any isolation level of the role; `install` refuses it.
fn standby(primary: &Server, bindir: &Path) -> usize {
    let standby = Server(
        primary
            .0
            .standby(&ServerOptions { bindir: Some(bindir.to_owned()), ..ServerOptions::default() })
            .unwrap(),
    );
    let before = Traces::read(&standby);
    let mut refusals = 0;
    for arguments in [&["--database", "app"][..], &["--home", "another"]] {
        let output = standby.posemo(&[&["install", "-U", "postgres"], arguments].concat());
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if output.status.code() == Some(1) {
            refusals += 1;
            assert!(text.contains("standby") && text.lines().count() == 1, "{text}");
        } else {
            assert!(
                text.ends_with("nothing to change: everything is installed as expected\n"),
                "{text}"
            );
        }
    }
    before.assert_same(&Traces::read(&standby), "the standby changed");
    for transaction in ["'read committed'", "serializable"] {
        let sql = format!(
            "ALTER ROLE posemo SET default_transaction_isolation = {transaction}; ALTER ROLE posemo SET default_transaction_deferrable = on"
        );
        primary.superuser("postgres", &sql);
        wait_until_replayed(primary, &standby);
        let (report, _) = run(&standby);
        assert_eq!(report["targets"][0]["role"], "standby", "{transaction}: {report:#}");
        assert_no_check_fails(&report);
    }
    refusals
}

fn wait_until_replayed(primary: &Server, standby: &Server) {
    let written = primary.superuser("postgres", "SELECT pg_current_wal_insert_lsn()");
    let replayed = format!("SELECT pg_last_wal_replay_lsn() >= '{}'", written[0]);
    until("the standby to replay", || standby.superuser("postgres", &replayed) == ["t"]);
}
