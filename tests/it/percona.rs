//! Percona's advisor checks: imported, tested, installed, and run as the monitor.
//!
//! The files in `tests/percona` were written for these tests, in the style of Percona's.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::rc::Rc;

use posemo::catalog::Catalog;
use posemo::catalog::check::{Check, Scope, ScriptDatabases};
use posemo::finding::State;
use posemo::finding::report::Report;
use posemo::tempserver::ServerOptions;

use crate::catalog::Folder;
use crate::server::{Server, posemo};

mod command;
mod faults;
mod foreign;
mod format;
mod guesses;
mod mistakes;
mod show;

/// The folder with the YAML files and the cases.
fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/percona")
}

/// The YAML files, sorted.
fn files() -> Vec<String> {
    let entries = fs::read_dir(samples()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<String> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .map(|path| path.display().to_string())
        .collect();
    files.sort();
    files
}

/// Imports files with a running server.
fn import(server: &Server, files: &[&str], into: &Path) -> Output {
    let into = into.display().to_string();
    server.posemo(&[&["import", "-U", "postgres", "--into", &into], files].concat())
}

fn printed(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Imports all files, and adds the cases.
fn imported(server: &Server) -> Folder {
    let folder = Folder::new("percona");
    let files = files();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let output = import(server, &files, &folder.path().join("checks"));
    let text = printed(&output);
    assert!(
        output.status.success() && text.contains("\n30 checks imported, 2 ignored\n"),
        "{text}"
    );
    assert!(!text.contains("install refuses"), "{text}");
    for check in fs::read_dir(samples().join("cases")).unwrap() {
        let check = check.unwrap();
        for case in fs::read_dir(check.path()).unwrap() {
            let case = case.unwrap();
            let file = format!(
                "checks/{}/cases/{}",
                check.file_name().to_string_lossy(),
                case.file_name().to_string_lossy()
            );
            folder.write(&file, &fs::read_to_string(case.path()).unwrap());
        }
    }
    folder
}

fn checks(folder: &Path) -> Vec<Rc<Check>> {
    let mut catalog = Catalog::empty();
    catalog.add(folder).unwrap();
    catalog.checks().unwrap().into_iter().map(Rc::new).collect()
}

/// Every check is imported, its cases pass, it is installed, and it finds the problems that the test causes.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let settings = [
        ("max_connections", "300"),
        ("autovacuum_max_workers", "3"),
        ("log_checkpoints", "off"),
        ("fsync", "off"),
    ];
    let server = Server::start(&ServerOptions {
        bindir: Some(bindir.to_owned()),
        settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        ..ServerOptions::default()
    });
    let folder = imported(&server);
    let path = folder.path().join("checks");
    let place = path.display().to_string();
    let tested = posemo(&["test", "--offline", &place]);
    let text = printed(&tested);
    assert!(tested.status.success(), "{text}");
    let cases = text.lines().filter(|line| line.starts_with("ok ")).count();
    for database in ["app", "web"] {
        server.superuser("postgres", &format!("CREATE DATABASE {database}"));
    }
    server.superuser("postgres", PROBLEMS);
    server.superuser("app", PROBLEMS_OF_APP);
    server.install(&["--checks", &place, "--database", "app", "--database", "web"]);
    // Those for MySQL and MongoDB judge documents.
    let mut checks = checks(&path);
    checks.retain(|check| check.document.is_none());
    let report = server.run(&checks);
    let found = assert_findings(&report, &checks, major);
    let compared = show::all_settings_are_as_show_prints_them(&server);
    let scopes = guesses::scopes_and_owners_are_guessed(&server);
    let mut out = std::io::stdout();
    writeln!(
        out,
        "percona on PostgreSQL {major}: {} checks imported and run, {cases} cases pass, {found} expected findings, \
         {compared} settings as SHOW ALL prints them, {scopes} scopes and owners guessed",
        checks.len()
    )
    .unwrap();
}

const PROBLEMS: &str =
    "CREATE ROLE second_dba SUPERUSER LOGIN; CREATE ROLE guest LOGIN VALID UNTIL '2020-01-01'";

const PROBLEMS_OF_APP: &str = "\
CREATE TABLE public.orders (id integer PRIMARY KEY, note text) WITH (autovacuum_enabled = false);
CREATE INDEX o1 ON public.orders (note); CREATE INDEX o2 ON public.orders (note); CREATE INDEX o3 ON public.orders (note);
CREATE INDEX o4 ON public.orders (note); CREATE INDEX o5 ON public.orders (note); CREATE INDEX o6 ON public.orders (note);
CREATE INDEX o7 ON public.orders (note); CREATE INDEX o8 ON public.orders (note); CREATE INDEX o9 ON public.orders (note)";

/// A check, and a part of a finding that it must have because of the problems above or the settings of the server.
const EXPECTED: [(&str, &str); 11] = [
    ("postgresql_super_role", "Roles with the rights of a superuser"),
    ("postgresql_expiring_passwd_check", "Passwords end"),
    ("postgresql_table_autovac_settings", "public.orders has its own vacuum settings"),
    ("postgresql_number_of_index_check", "Tables of app with many indexes"),
    ("postgresql_unused_index_check", "public.o9 in app is never used"),
    ("postgresql_fsync", "fsync is switched off"),
    ("postgresql_max_connections", "max_connections is 300"),
    ("postgresql_log_checkpoints", "log_checkpoints is off"),
    ("postgresql_vacuum_sanity_check", "Autovacuum runs with its defaults"),
    ("postgresql_wal_retention_check", "WAL files of 1MB"),
    ("example_postgresql_v2", "app has tables"),
];

/// Every check runs without errors, and the expected findings exist. Returns their number.
fn assert_findings(report: &Report, checks: &[Rc<Check>], major: u32) -> usize {
    let target = &report.targets[0];
    assert_eq!(target.error, None, "PostgreSQL {major}");
    for check in checks {
        let reports: Vec<_> =
            target.checks.iter().filter(|report| report.check == check.name).collect();
        assert!(!reports.is_empty(), "{} did not run on {major}", check.name);
        for report in reports {
            assert_ne!(report.state(), State::Unknown, "{} on {major}: {report:#?}", check.name);
            assert_eq!(report.skipped, None, "{} on {major}", check.name);
        }
    }
    for (check, part) in EXPECTED {
        let reports = target.checks.iter().filter(|report| report.check == check);
        let mut findings = reports.flat_map(|report| &report.findings);
        assert!(
            findings.any(|finding| finding.summary.contains(part)),
            "{check} on {major} has no finding \"{part}\": {:#?}",
            target.checks.iter().filter(|report| report.check == check).collect::<Vec<_>>()
        );
    }
    let apart = checks.iter().filter(|check| check.script_databases == ScriptDatabases::Apart);
    assert!(
        apart.clone().count() == 2 && apart.clone().all(|check| check.scope == Scope::Database)
    );
    EXPECTED.len()
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
