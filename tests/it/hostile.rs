//! A hostile environment: settings, owners of databases, broken connections and concurrent installations do no harm.
//!
//! The tests run the real program on a real server. `attacks` tests what a login role can do through the functions.

use std::collections::BTreeSet;
use std::path::Path;

use posemo::tempserver::ServerOptions;
use serde_json::Value;

use crate::install::FOOTPRINT;
use crate::server::{FEW, Server};
use crate::waiting::until;

mod answers;
mod databases;
mod interrupted;
mod proxy;
mod refusals;
mod rivals;
mod scene;
mod settings;
mod shadows;
mod trouble;

/// All tests on one major version, with three servers.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let tried = settings_change_nothing(bindir);
    let refusals = refusals(bindir, major);
    let names = first_installations(bindir, major);
    crate::documents::print_count(&format!(
        "hostile environment on PostgreSQL {major}: {tried} settings tried, {refusals} refusals, \
         {names} database names"
    ));
}

fn settings_change_nothing(bindir: &Path) -> usize {
    let server = start(bindir);
    scene::prepare(&server);
    settings::change_nothing(&server)
}

fn refusals(bindir: &Path, major: u32) -> usize {
    let server = start(bindir);
    server.superuser("postgres", "CREATE DATABASE app");
    let refused = refusals::are_reported(&server, major);
    server.install(&["--database", "app"]);
    refused + trouble::is_reported(&server, bindir)
}

/// Tests that begin with a server without any trace of posemo.
fn first_installations(bindir: &Path, major: u32) -> usize {
    let server = start(bindir);
    server.superuser("postgres", "CREATE DATABASE app");
    interrupted::each_database_is_complete_or_unchanged(&server, major);
    rivals::one_succeeds(&server);
    databases::names_with_special_characters(&server)
}

fn start(bindir: &Path) -> Server {
    let settings = [
        // The server must not change numbers in the background while results are compared.
        ("autovacuum", "off"),
        ("checkpoint_timeout", "1h"),
    ];
    Server::start(&ServerOptions {
        bindir: Some(bindir.to_owned()),
        settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        hba: Some("local all all trust\nlocal replication all trust\n".to_owned()),
        ..ServerOptions::default()
    })
}

/// The state of a home database that allows no connections.
const NOT_OPEN: &str = "not open yet";

/// The system catalog entries of an installation, if there is one: a list for the server and one for each database.
#[derive(Debug, Clone, PartialEq)]
struct Traces {
    roles: Vec<String>,
    /// Nothing if the home database does not exist.
    home: Option<Vec<String>>,
    app: Vec<String>,
}

impl Traces {
    fn read(server: &Server) -> Traces {
        let home = server
            .superuser("postgres", "SELECT datallowconn FROM pg_database WHERE datname = 'posemo'");
        let app = lines(server, "app");
        let is_shared = |line: &String| {
            ["role ", "member ", "database "].iter().any(|start| line.starts_with(start))
        };
        let roles = app.iter().filter(|line| is_shared(line) && !line.starts_with("database "));
        let in_database = |lines: &[String], name: &str| {
            let own = format!("database {name} ");
            lines
                .iter()
                .filter(|line| !is_shared(line) || line.starts_with(&own))
                .cloned()
                .collect()
        };
        Traces {
            roles: roles.cloned().collect(),
            home: home.first().map(|open| match open.as_str() {
                "t" => in_database(&lines(server, "posemo"), "posemo"),
                _ => vec![NOT_OPEN.to_owned()],
            }),
            app: in_database(&app, "app"),
        }
    }

    /// The lines that only one of both has.
    fn differences(&self, now: &Traces) -> Vec<String> {
        let lines = |traces: &Traces| {
            let home = traces.home.iter().flatten().map(|line| format!("home: {line}"));
            let app = traces.app.iter().map(|line| format!("app: {line}"));
            traces.roles.iter().cloned().chain(home).chain(app).collect::<BTreeSet<String>>()
        };
        let (before, after) = (lines(self), lines(now));
        let gone = before.difference(&after).map(|line| format!("gone: {line}"));
        gone.chain(after.difference(&before).map(|line| format!("new: {line}"))).collect()
    }

    /// Fails with the differences, if there are any.
    fn assert_same(&self, now: &Traces, why: &str) {
        let differences = self.differences(now);
        assert!(
            differences.is_empty() && self.home.is_some() == now.home.is_some(),
            "{why}: {differences:#?}"
        );
    }
}

fn lines(server: &Server, database: &str) -> Vec<String> {
    let schema = "coalesce(to_regnamespace('posemo')::oid, 0::oid)";
    server.superuser(database, &FOOTPRINT.replace("'posemo'::regnamespace", schema))
}

/// Removes posemo without `uninstall`: home database, schema, privileges, roles.
fn remove_by_hand(server: &Server) {
    let roles = server
        .superuser("postgres", "SELECT rolname FROM pg_roles WHERE rolname ~ '^posemo'")
        .join(", ");
    let databases = "SELECT datname FROM pg_database WHERE datallowconn AND datname <> 'posemo'";
    server.superuser("postgres", "DROP DATABASE IF EXISTS posemo");
    for database in server.superuser("postgres", databases) {
        server.superuser(&database, "DROP SCHEMA IF EXISTS posemo CASCADE");
        if !roles.is_empty() {
            server.superuser(&database, &format!("DROP OWNED BY {roles}"));
        }
    }
    if !roles.is_empty() {
        server.superuser("postgres", &format!("DROP ROLE {roles}"));
    }
}

/// The report of `posemo run` as JSON, and its exit code. Standard error must be empty.
fn run(server: &Server) -> (Value, i32) {
    run_with(server, &[])
}

/// The same for [`FEW`] checks.
fn run_few(server: &Server) -> (Value, i32) {
    run_with(server, &["--check", FEW])
}

fn run_with(server: &Server, selection: &[&str]) -> (Value, i32) {
    let output = server.posemo(&[&["run", "--output", "json"], selection].concat());
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = serde_json::from_slice(&output.stdout).unwrap();
    (report, output.status.code().unwrap())
}

/// The reports about one database, and the others.
fn reports_on(report: &Value, database: &str) -> (Vec<Value>, Vec<Value>) {
    let checks = report["targets"][0]["checks"].as_array().unwrap().clone();
    checks.into_iter().partition(|check| check["database"] == database)
}

/// Asserts that only one database is Unknown, for a reason.
fn only_this_is_unknown(server: &Server, database: &str, reason: &str) {
    let checks = "alive,connection_usage,sequence_usage";
    let (report, code) = run_with(server, &["--check", checks]);
    let (reports, others) = reports_on(&report, database);
    assert!(!reports.is_empty(), "no report about database {database}: {report:#}");
    for check in &reports {
        let error = check["error"].as_str().unwrap_or_default();
        assert!(check["state"] == "unknown" && error.contains(reason), "{check:#}");
    }
    for check in &others {
        assert!(check["state"] != "unknown", "{check:#}");
    }
    assert_ne!(code, 0, "{report:#}");
}

/// Waits until no other session is connected: a server notices a dead client late.
fn wait_for_other_sessions(server: &Server) {
    let person = server.session("postgres", "postgres");
    let others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    until("the end of the sessions of dead clients", || person.ask(others).unwrap() == ["0"]);
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
