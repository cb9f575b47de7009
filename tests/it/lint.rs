//! The linter of checks, on a real server: what it refuses and in which words, and what it lets pass.
//!
//! The queries stand in tables of their own; here is how they are asked.

use std::fmt::Write as _;
use std::path::Path;

use posemo::admin::lint::lint;
use posemo::catalog::Catalog;
use posemo::catalog::check::Check;
use posemo::catalog::server_version::ServerVersion;
use posemo::database::{Purpose, Session};
use posemo::lint::complaint::Complaint;
use posemo::tempserver::ServerOptions;

use crate::catalog::Folder;
use crate::server::{Server, runtime};

mod bad;
mod by_construction;
mod good;
mod leaks;
mod spelled;
mod surroundings;

/// A query, and the manifest around it: two arguments and one column.
pub(crate) struct Case {
    /// The privilege set.
    pub(crate) owner: &'static str,
    /// The type of the column `x`.
    pub(crate) sql_type: &'static str,
    pub(crate) query: &'static str,
    /// The majors that know what is in it.
    pub(crate) since: u32,
}

const README: &str =
    "# x\n\n## What it watches\n\nx\n\n## Why it matters\n\nx\n\n## What to do\n\nx\n";

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

/// What the linter says of the checks of a folder.
pub(crate) fn complaints(server: &Server, folder: &Folder) -> Vec<Complaint> {
    let mut catalog = Catalog::empty();
    catalog.add(folder.path()).unwrap();
    judged(server, &catalog.checks().unwrap())
}

fn judged(server: &Server, checks: &[Check]) -> Vec<Complaint> {
    try_judged(server, checks).unwrap()
}

fn try_judged(server: &Server, checks: &[Check]) -> Result<Vec<Complaint>, String> {
    let number = server.superuser("app", "SELECT current_setting('server_version_num')");
    let version = ServerVersion::from_num(number[0].parse().unwrap());
    let checks: Vec<&Check> = checks.iter().collect();
    runtime().block_on(async {
        let session =
            Session::open(&server.parameters("postgres", "app"), Purpose::Install).await.unwrap();
        lint(&session, &checks, version).await.map_err(|error| format!("{error:#}"))
    })
}

/// Those of the cases that this server's major knows, each with what is said of it.
fn said<'c>(server: &Server, cases: &[&'c Case]) -> Vec<(&'c Case, Vec<Complaint>)> {
    let known: Vec<&Case> =
        cases.iter().copied().filter(|case| case.since <= server.major()).collect();
    let folder = folder(&known);
    let all = complaints(server, &folder);
    let of = |number: usize| {
        let part = format!("/case_{number}/");
        all.iter().filter(|complaint| complaint.file.contains(&part)).cloned().collect()
    };
    known.iter().enumerate().map(|(number, case)| (*case, of(number))).collect()
}

/// The shipped catalogue passes, the bad queries are refused, the good ones that look alike pass.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let options = ServerOptions { bindir: Some(bindir.to_owned()), ..ServerOptions::default() };
    let server = Server::start(&options);
    assert_eq!(server.major(), major);
    server.superuser("postgres", "CREATE DATABASE app");
    server.superuser("app", surroundings::OBJECTS);
    let before = server.superuser("app", surroundings::FOOTPRINT);
    let shipped = Catalog::embedded().checks().unwrap();
    let found = judged(&server, &shipped);
    assert!(found.is_empty(), "PostgreSQL {major}: {}", list(&found));
    let refused = bad_ones_are_refused(&server);
    let passed = good_ones_pass(&server);
    let classics = by_construction::classical_mistakes(&server);
    let after = server.superuser("app", surroundings::FOOTPRINT);
    assert_eq!(before, after, "something was left behind on {major}");
    let views = surroundings::system_views_are_understood(&server);
    surroundings::a_tower_is_a_complaint(&server);
    surroundings::a_trap_is_not_stepped_into(&server);
    crate::documents::print_count(&format!(
        "lint on PostgreSQL {major}: {} shipped checks pass, {refused} bad queries refused, {passed} good ones pass, \
         {classics} classical mistakes ruled out, {views} system views read",
        shipped.len(),
    ));
}

/// Each by its own rule, and in words that name what is wrong.
fn bad_ones_are_refused(server: &Server) -> usize {
    let rows: Vec<&bad::Row> =
        bad::CASES.iter().chain(leaks::CASES).chain(spelled::CASES).collect();
    let cases: Vec<&Case> = rows.iter().map(|(case, ..)| case).collect();
    let mut wrong = String::new();
    let said = said(server, &cases);
    for (case, found) in &said {
        let mut rows = rows.iter().filter(|(other, ..)| std::ptr::eq(other, *case));
        let (_, rule, words) = rows.next().expect("each case comes from a row");
        let hit = |complaint: &Complaint| {
            complaint.rule == *rule && complaint.to_string().contains(words)
        };
        if !found.iter().any(hit) {
            writeln!(wrong, "{}\n  expected {rule}: {words}\n{}", case.query, list(found)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "PostgreSQL {}:\n{wrong}", server.version());
    said.len()
}

fn good_ones_pass(server: &Server) -> usize {
    let said = said(server, &good::CASES.iter().collect::<Vec<_>>());
    for (case, found) in &said {
        assert!(
            found.is_empty(),
            "PostgreSQL {}: {}\n{}",
            server.version(),
            case.query,
            list(found)
        );
    }
    said.len()
}

fn list(found: &[Complaint]) -> String {
    found
        .iter()
        .fold(String::new(), |text, complaint| format!("{text}  {} {complaint}\n", complaint.rule))
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
