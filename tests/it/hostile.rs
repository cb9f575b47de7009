//! A hostile environment: what settings, owners of databases, broken connections and rivals can do to posemo.
//!
//! Holds everything against the real program and a real server. What a login role can try through posemo's own
//! functions is not looked at here.

use std::collections::BTreeSet;
use std::path::Path;

use posemo::tempserver::ServerOptions;
use serde_json::Value;

use crate::install::FOOTPRINT;
use crate::server::Server;
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

/// The whole of it on one major; three servers.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let tried = settings_change_nothing(bindir);
    let refusals = refusals(bindir, major);
    let (interruptions, names) = beginnings(bindir, major);
    crate::documents::print_count(&format!(
        "hostile environment on PostgreSQL {major}: {tried} settings tried, {refusals} refusals, \
         {interruptions} interruptions, {names} database names"
    ));
}

fn settings_change_nothing(bindir: &Path) -> usize {
    let server = start(bindir);
    scene::set(&server);
    settings::change_nothing(&server)
}

fn refusals(bindir: &Path, major: u32) -> usize {
    let server = start(bindir);
    server.superuser("postgres", "CREATE DATABASE app");
    let refused = refusals::name_what_is_wrong(&server, major);
    refused + trouble::is_told(&server, bindir)
}

/// What begins with a server that has never seen posemo.
fn beginnings(bindir: &Path, major: u32) -> (usize, usize) {
    let server = start(bindir);
    server.superuser("postgres", "CREATE DATABASE app");
    let interruptions = interrupted::all_or_nothing(&server, major);
    rivals::one_wins(&server);
    (interruptions, databases::of_the_world(&server))
}

fn start(bindir: &Path) -> Server {
    let settings = [
        // Nothing of the server's own may move a number while answers are compared.
        ("autovacuum", "off"),
        ("checkpoint_timeout", "1h"),
        ("full_page_writes", "off"),
    ];
    Server::start(&ServerOptions {
        bindir: Some(bindir.to_owned()),
        settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        hba: Some("local all all trust\nlocal replication all trust\n".to_owned()),
        ..ServerOptions::default()
    })
}

/// What there is to say of a home database that nobody is let into.
const NOT_OPEN: &str = "not open yet";

/// What an installation leaves, whether there is one or not; one list for the cluster and one a database.
#[derive(Debug, Clone, PartialEq)]
struct Traces {
    roles: Vec<String>,
    /// None where there is no home database.
    home: Option<Vec<String>>,
    app: Vec<String>,
}

impl Traces {
    fn of(server: &Server) -> Traces {
        let home = server
            .superuser("postgres", "SELECT datallowconn FROM pg_database WHERE datname = 'posemo'");
        let app = lines(server, "app");
        let of_the_cluster = |line: &String| {
            ["role ", "member ", "database "].iter().any(|start| line.starts_with(start))
        };
        let roles =
            app.iter().filter(|line| of_the_cluster(line) && !line.starts_with("database "));
        let in_database = |lines: &[String], name: &str| {
            let own = format!("database {name} ");
            lines
                .iter()
                .filter(|line| !of_the_cluster(line) || line.starts_with(&own))
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

    /// What there was and is not any more, and what there is now and was not.
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

    /// Fails, and shows what is different, unless it is all the same.
    fn assert_same(&self, now: &Traces, why: &str) {
        let differences = self.differences(now);
        assert!(
            differences.is_empty() && self.home.is_some() == now.home.is_some(),
            "{why}: {differences:#?}"
        );
    }
}

fn lines(server: &Server, database: &str) -> Vec<String> {
    let there_or_not = "coalesce(to_regnamespace('posemo')::oid, 0::oid)";
    server.superuser(database, &FOOTPRINT.replace("'posemo'::regnamespace", there_or_not))
}

/// Takes posemo away by hand: its home, its schema, its rights, its roles.
fn forget(server: &Server) {
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

/// What `posemo run` says as JSON, with its exit code. It says nothing beside.
fn run(server: &Server) -> (Value, i32) {
    let output = server.posemo(&["run", "--output", "json"]);
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = serde_json::from_slice(&output.stdout).unwrap();
    (report, output.status.code().unwrap())
}

/// The reports on one database, and those on everything else.
fn reports_on(report: &Value, database: &str) -> (Vec<Value>, Vec<Value>) {
    let checks = report["targets"][0]["checks"].as_array().unwrap().clone();
    checks.into_iter().partition(|check| check["database"] == database)
}

/// Asserts that one database is Unknown for a reason, and that nothing else is harmed.
fn unknown_alone(server: &Server, database: &str, reason: &str) {
    let (report, code) = run(server);
    let (there, elsewhere) = reports_on(&report, database);
    assert!(!there.is_empty(), "nothing was said about database {database}: {report:#}");
    for check in &there {
        let said = check["error"].as_str().unwrap_or_default();
        assert!(check["state"] == "unknown" && said.contains(reason), "{check:#}");
    }
    for check in &elsewhere {
        assert!(check["state"] != "unknown", "{check:#}");
    }
    assert_ne!(code, 0, "{report:#}");
}

/// Waits until nobody else is connected: a server notices a dead client late.
fn wait_for_quiet(server: &Server) {
    let person = server.session("postgres", "postgres");
    let others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    until("the end of the sessions of dead clients", || person.ask(others).unwrap() == ["0"]);
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
