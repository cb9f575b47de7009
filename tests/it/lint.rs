//! The linter refuses unsafe queries and accepts safe ones, on a real server.
//!
//! Separate files contain the queries.

use std::fmt::Write as _;
use std::path::Path;

use posemo::admin::lint::lint;
use posemo::catalog::Catalog;
use posemo::catalog::check::Check;
use posemo::catalog::server_version::ServerVersion;
use posemo::database::{Purpose, Session};
use posemo::lint::refusal::LintRefusal;
use posemo::tempserver::ServerOptions;

use crate::catalog::{Folder, README};
use crate::server::{Server, runtime};

mod bad;
mod by_construction;
mod generated;
mod good;
mod grammar;
mod leaks;
mod meetings;
mod surroundings;

/// A query and its manifest: two arguments and one column.
pub(crate) struct Case {
    /// The privilege set.
    pub(crate) owner: &'static str,
    /// The type of the column `x`.
    pub(crate) sql_type: &'static str,
    pub(crate) query: &'static str,
    /// The first major version with the SQL of the query.
    pub(crate) since: u32,
}

/// One folder with a check for each case, named `case_1` and so on.
fn folder(cases: &[&Case]) -> Folder {
    let folder = Folder::new("lint");
    for (number, case) in cases.iter().enumerate() {
        let manifest = format!(
            "summary = \"x\"\nowner = \"{}\"\nscope = \"database\"\n\
             [arguments.minimum]\ntype = \"bigint\"\ndefault = 1\n\
             [arguments.word]\ntype = \"text\"\ndefault = \"x\"\n\
             [columns.x]\ntype = '{}'\nrole = \"info\"\n",
            case.owner, case.sql_type
        );
        folder.write(&format!("case_{number}/check.toml"), &manifest);
        folder.write(&format!("case_{number}/query.sql"), case.query);
        folder.write(&format!("case_{number}/README.md"), README);
    }
    folder
}

/// The refusals for the checks of a folder.
pub(crate) fn refusals(server: &Server, folder: &Folder) -> Vec<LintRefusal> {
    let mut catalog = Catalog::empty();
    catalog.add(folder.path()).unwrap();
    lint_checks(server, &catalog.checks().unwrap())
}

fn lint_checks(server: &Server, checks: &[Check]) -> Vec<LintRefusal> {
    try_lint(server, checks).unwrap()
}

fn try_lint(server: &Server, checks: &[Check]) -> Result<Vec<LintRefusal>, String> {
    let number = server.superuser("app", "SELECT current_setting('server_version_num')");
    let version = ServerVersion::from_num(number[0].parse().unwrap());
    let checks: Vec<&Check> = checks.iter().collect();
    runtime().block_on(async {
        let session =
            Session::open(&server.parameters("postgres", "app"), Purpose::Install).await.unwrap();
        lint(&session, &checks, version).await.map_err(|error| format!("{error:#}"))
    })
}

/// The cases for this server's major version, each with its refusals.
fn lint_cases<'c>(server: &Server, cases: &[&'c Case]) -> Vec<(&'c Case, Vec<LintRefusal>)> {
    let known: Vec<&Case> =
        cases.iter().copied().filter(|case| case.since <= server.major()).collect();
    let folder = folder(&known);
    let all = refusals(server, &folder);
    let of_case = |number: usize| {
        let part = format!("/case_{number}/");
        all.iter().filter(|refusal| refusal.file.contains(&part)).cloned().collect()
    };
    known.iter().enumerate().map(|(number, case)| (*case, of_case(number))).collect()
}

/// The included checks pass, the bad queries are refused, and similar good ones pass.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let options = ServerOptions { bindir: Some(bindir.to_owned()), ..ServerOptions::default() };
    let server = Server::start(&options);
    assert_eq!(server.major(), major);
    server.superuser("postgres", "CREATE DATABASE app");
    // A check is linted where its extension is.
    server.superuser("app", "CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pg_visibility");
    server.superuser("app", surroundings::OBJECTS);
    let before = server.superuser("app", surroundings::FOOTPRINT);
    let shipped = Catalog::embedded().checks().unwrap();
    let found = lint_checks(&server, &shipped);
    assert!(found.is_empty(), "PostgreSQL {major}: {}", list(&found));
    definitions_are_followed_elsewhere(&server, shipped);
    let refused = bad_ones_are_refused(&server);
    let passed = good_ones_pass(&server);
    surroundings::worst_first_needs_an_order(&server);
    let classics = by_construction::classical_mistakes(&server);
    let after = server.superuser("app", surroundings::FOOTPRINT);
    assert_eq!(before, after, "the linter changes nothing on {major}");
    server.superuser("app", "DROP EXTENSION pg_stat_statements, pg_visibility");
    let views = surroundings::system_views_are_read(&server);
    surroundings::deep_nesting_is_refused(&server);
    surroundings::event_triggers_are_reported(&server);
    crate::documents::print_count(&format!(
        "lint on PostgreSQL {major}: all included checks pass, {refused} bad queries refused, {passed} good queries pass, \
         {classics} classical mistakes prevented, {views} system views read"
    ));
}

/// Without its key, the query that digests definitions is refused like that of a user.
fn definitions_are_followed_elsewhere(server: &Server, shipped: Vec<Check>) {
    let mut checks: Vec<Check> = shipped.into_iter().filter(|check| check.digests).collect();
    assert_eq!(checks.len(), 1, "one check has the key `digests`");
    checks[0].digests = false;
    let found = list(&lint_checks(server, &checks));
    let expected = ["proargdefaults", "pg_get_viewdef", "[secret_returned]"];
    assert!(expected.iter().all(|part| found.contains(part)), "{found}");
}

/// Each breaks the expected rule, and the refusal contains the expected text.
fn bad_ones_are_refused(server: &Server) -> usize {
    let rows: Vec<&bad::Row> = bad::CASES
        .iter()
        .chain(leaks::CASES)
        .chain(meetings::CASES)
        .chain(generated::CASES)
        .collect();
    let cases: Vec<&Case> = rows.iter().map(|(case, ..)| case).collect();
    let mut wrong = String::new();
    let results = lint_cases(server, &cases);
    for (case, found) in &results {
        let mut rows = rows.iter().filter(|(other, ..)| std::ptr::eq(other, *case));
        let (_, rule, text) = rows.next().expect("each case comes from a row");
        let hit =
            |refusal: &LintRefusal| refusal.rule == *rule && refusal.to_string().contains(text);
        if !found.iter().any(hit) {
            writeln!(wrong, "{}\n  expected {rule}: {text}\n{}", case.query, list(found)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "PostgreSQL {}:\n{wrong}", server.version());
    results.len()
}

fn good_ones_pass(server: &Server) -> usize {
    let results = lint_cases(server, &good::CASES.iter().collect::<Vec<_>>());
    for (case, found) in &results {
        assert!(
            found.is_empty(),
            "PostgreSQL {}: {}\n{}",
            server.version(),
            case.query,
            list(found)
        );
    }
    results.len()
}

fn list(found: &[LintRefusal]) -> String {
    found
        .iter()
        .fold(String::new(), |text, refusal| format!("{text}  {} {refusal}\n", refusal.rule))
}

/// No query that passes reveals a secret.
pub(crate) fn built_queries(bindir: &Path, major: u32) {
    grammar::suite(bindir, major);
}

#[test]
fn built_queries_here() {
    let (bindir, major) = Server::here();
    built_queries(&bindir, major);
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
