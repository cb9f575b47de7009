//! The suites on every major version: installing in each way, every check OK on a new server, every scenario.
//!
//! `make matrix` sets the directories of the server programs; without them these tests are skipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use posemo::cases::scenario::Scenario;
use posemo::cases::shared_stage::SharedStage;
use posemo::catalog::Catalog;
use posemo::catalog::check::{Check, Query};
use posemo::finding::State;
use posemo::finding::report::{ServerRole, Skip};
use posemo::settings::target::Target;
use posemo::tempserver::ServerOptions;

use crate::cases::{read_scenario, run_scenario};
use crate::install::every_way_has_the_same_result;
use crate::server::{POSEMO, Server};
use crate::waiting::until;

/// The server programs of a major version.
pub(crate) fn bindir(major: u32) -> PathBuf {
    let all = std::env::var("POSEMO_PG_MATRIX")
        .expect("POSEMO_PG_MATRIX names the server programs: make matrix");
    let is_wanted = |path: &&str| {
        let output =
            std::process::Command::new(Path::new(path).join("postgres")).arg("--version").output();
        let version = output
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
            .unwrap_or_default();
        version.contains(&format!(") {major}."))
    };
    all.split(':')
        .find(is_wanted)
        .unwrap_or_else(|| panic!("{all} has no PostgreSQL {major}"))
        .into()
}

fn checks() -> Vec<Rc<Check>> {
    // Checks that run only on demand, too, but not those of documents, which no server has.
    let all = Catalog::embedded().checks().unwrap().into_iter();
    let all = all.filter(|check| check.document.is_none());
    all.map(|check| Rc::new(Check { by_default: true, ..check })).collect()
}

/// Every way to install has the same result.
fn ways(bindir: &Path, _major: u32) {
    every_way_has_the_same_result(bindir);
}

/// Every scenario.
fn catalog(bindir: &Path, _major: u32) {
    let [count, servers] = run_scenarios(bindir, |_, _| true);
    assert!(count > 10 && servers * 2 < count, "{count} scenarios on {servers} servers");
}

/// The scenarios of checks whose queries for this major version are those of no version on which `make test` runs all, and
/// scenarios for none of these versions.
fn variants(bindir: &Path, major: u32) {
    let others = some_majors();
    if others.contains(&major) {
        // The suite catalog runs all of them.
        return;
    }
    let [count, _] = run_scenarios(bindir, |check, scenario| {
        let is_other = |query: &Query| {
            others.iter().all(|other| {
                query.text_for(*other) != query.text_for(major) || !check.servers.contains(*other)
            })
        };
        let is_only_here = others.iter().all(|other| !scenario.servers.contains(*other));
        scenario.servers.contains(major) && (is_only_here || check.queries.iter().any(is_other))
    });
    assert!(count > 0, "no scenario is found for the queries of PostgreSQL {major}");
}

/// Runs scenarios on shared servers. Returns their number, and that of the servers.
fn run_scenarios(bindir: &Path, is_wanted: impl Fn(&Check, &Scenario) -> bool) -> [usize; 2] {
    let mut count = 0;
    let checks = Catalog::embedded().checks().unwrap();
    let mut shared = SharedStage::with_installed(bindir, POSEMO.as_ref(), checks.clone());
    for check in &checks {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(&check.place).join("cases");
        let files = fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path());
        for file in files.filter(|file| file.extension().is_some_and(|one| one == "sql")) {
            if is_wanted(check, &read_scenario(&file)) {
                run_scenario(&check.name, &file, &mut shared);
                count += 1;
            }
        }
    }
    [count, shared.servers]
}

/// On a new primary and its standby, every check is OK or skipped.
fn every_check_is_quiet(bindir: &Path, major: u32) {
    let options = ServerOptions { bindir: Some(bindir.to_owned()), ..ServerOptions::default() };
    let primary = Server::start(&options);
    primary.superuser("postgres", "CREATE DATABASE app");
    primary.install(&["--database", "app"]);
    let standby = Server(primary.0.standby(&options).unwrap());
    // It streams after it has replayed the WAL of the primary.
    let receivers = "SELECT count(*) FROM pg_stat_wal_receiver";
    until("the standby to stream", || standby.superuser("postgres", receivers) == ["1"]);
    let checks = checks();
    for (server, role, replicated) in [
        (&primary, ServerRole::Primary, false),
        (&standby, ServerRole::Standby, false),
        (&standby, ServerRole::Standby, true),
    ] {
        let settings = Target { replicated_checks: Some(replicated), ..Target::default() };
        let report = server.run_as(&checks, settings);
        let target = &report.targets[0];
        assert_eq!((&target.error, target.role), (&None, Some(role)), "PostgreSQL {major}");
        assert_eq!(
            target.checks.len(),
            checks.len() + 1,
            "one report for each check, because one database has the per-database checks, and posemo's own"
        );
        for report in &target.checks {
            let check = checks.iter().find(|check| check.name == report.check);
            let expected_skip = check.and_then(|check| {
                let repeated = check.replicated && role == ServerRole::Standby && !replicated;
                let other_role = check.role.is_some_and(|wanted| wanted != role);
                let other_version = !check.servers.contains(major);
                let skip = if other_version { Skip::Version } else { Skip::Role };
                let without = check.requires.map(|_| Skip::Extension);
                (other_version || repeated || other_role).then_some(skip).or(without)
            });
            assert_eq!(report.skipped, expected_skip, "{} on {major}", report.check);
            // The programs of the tests are behind the newest minor versions.
            if report.check == "minor_version" {
                continue;
            }
            // A new server writes no log that a check can read, so these checks are off by default.
            let unknown = check.is_some_and(|check| check.owner == "logs");
            assert_eq!(
                report.state(),
                if unknown { State::Unknown } else { State::Ok },
                "{} on a new {role:?} of {major}: {report:#?}",
                report.check
            );
        }
    }
}

/// A test for each suite and major version, so that they run in parallel, with the subjects of its lines in
/// docs/security.md.
macro_rules! suites {
    ($($suite:ident: $function:path, $subjects:tt;)*) => {
        /// The subjects of each suite's lines.
        pub(crate) const SUBJECTS: &[&[&str]] = &[$(&$subjects),*];
        const SUITES: &[&str] = &[$(stringify!($suite)),*];
        $(mod $suite {
            suites! { @majors $function, $subjects;
                postgresql_12 12, postgresql_13 13, postgresql_14 14, postgresql_15 15, postgresql_16 16,
                postgresql_17 17, postgresql_18 18
            }
        })*
    };
    (@majors $function:path, $subjects:tt; $($name:ident $major:literal),*) => {
        $(
            #[test]
            #[ignore = "needs POSEMO_PG_MATRIX: make matrix"]
            fn $name() {
                let bindir = crate::matrix::bindir($major);
                crate::documents::compared(&$subjects, $major, || $function(&bindir, $major));
            }
        )*
    };
}

/// The major versions of the matrix.
pub(crate) const MAJORS: [u32; 7] = [12, 13, 14, 15, 16, 17, 18];

suites! {
    alterations: crate::verify::generated::suite, ["alterations"];
    attacks: crate::attacks::suite, ["attacks", "settings", "hostile callers"];
    hostile: crate::hostile::suite, ["hostile environment"];
    imports: crate::imports::suite, [];
    catalog: crate::matrix::catalog, [];
    dumps: crate::situations::dumps::suite, [];
    extension: crate::extension::suite, [];
    lint: crate::lint::suite, ["lint"];
    lint_built: crate::lint::built_queries, [];
    logins: crate::logins::suite, [];
    logs: crate::logs::suite, [];
    managed: crate::managed::suite, [];
    percona: crate::percona::suite, [];
    quiet: crate::matrix::every_check_is_quiet, [];
    scopes: crate::scopes::suite, [];
    scripted: crate::scripted::suite, ["scripts"];
    situations: crate::situations::suite, [];
    uninstall: crate::uninstall::suite, ["uninstall"];
    testing: crate::testing::scenarios::suite, [];
    upgrade: crate::upgrade::suite, [];
    variants: crate::matrix::variants, [];
    verify: crate::verify::suite, ["verify"];
    ways: crate::matrix::ways, [];
}

/// A list of bin/suites.
fn list(name: &str) -> Vec<&'static str> {
    let (_, rest) = include_str!("../../bin/suites").split_once(&format!("\n{name}=(")).unwrap();
    rest.split_once(')').unwrap().0.split_whitespace().collect()
}

/// The major versions on which `make test` runs every suite.
fn some_majors() -> Vec<u32> {
    list("some_majors").iter().map(|major| major.parse().unwrap()).collect()
}

/// `make test` would run a suite with another name on no version, or on every one.
#[test]
fn the_suites_that_run_on_some_majors_exist() {
    let suites = list("on_some_majors");
    for suite in &suites {
        assert!(SUITES.contains(suite), "{suite} is not a suite of the matrix");
    }
    for suite in list("on_outer_majors") {
        assert!(suites.contains(&suite), "{suite} is not among the suites on some majors");
    }
    let majors = some_majors();
    for major in &majors {
        assert!(MAJORS.contains(major), "{major} is not a major of the matrix");
    }
    let outer: Vec<u32> = list("outer_majors").iter().map(|one| one.parse().unwrap()).collect();
    assert_eq!(outer, [*MAJORS.first().unwrap(), *MAJORS.last().unwrap()]);
    assert!(outer.iter().all(|major| majors.contains(major)), "{outer:?}");
}

/// The same on the server of this machine, without the matrix.
#[test]
fn every_check_is_quiet_here() {
    let (bindir, major) = Server::here();
    every_check_is_quiet(&bindir, major);
}
