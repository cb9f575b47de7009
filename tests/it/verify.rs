//! `verify` finds each deviation, and the reported fix removes it.
//!
//! On the server of this machine; the matrix runs the same on the other major versions.

use std::path::Path;

use posemo::tempserver::ServerOptions;

use crate::server::{Person, Server};
use deviations::{Deviation, deviations};
use inspector::{Found, Inspector};

mod command;
mod deviations;
mod inspector;
mod service;

/// The objects that the deviations need: roles, tables, types.
const OBJECTS: &str = "CREATE ROLE mallory; CREATE ROLE boss SUPERUSER;
    CREATE TABLE public.secret (x integer, y text);
    CREATE SEQUENCE public.counter;
    CREATE TYPE public.mood AS ENUM ('good');";

/// The numbers for docs/security.md.
#[derive(Default)]
struct Counts {
    caused: usize,
    found: usize,
    by_monitor: usize,
    fixed: usize,
}

/// Causes every deviation that is possible on a major version, one after the other.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let stage = Stage::new(bindir);
    let monitor = Inspector::new(&stage.server, "posemo");
    let superuser = Inspector::new(&stage.server, "postgres");
    for inspector in [&monitor, &superuser] {
        assert_quiet(inspector, "a new installation");
    }
    let mut counts = Counts::default();
    for deviation in deviations().iter().filter(|deviation| deviation.majors.contains(&major)) {
        counts.caused += 1;
        stage.run(deviation.database, deviation.cause);
        // A superuser finds everything that the monitor role finds.
        let seen = if deviation.found_by_monitor { &monitor } else { &superuser }.deviations();
        assert_found(deviation, &seen);
        counts.found += 1;
        counts.by_monitor += usize::from(deviation.found_by_monitor);
        fix(&stage, deviation, &superuser, seen);
        counts.fixed += 1;
        // The next deviation must be the only one, so the rest of this one would fail that test.
        stage.run(deviation.database, deviation.after);
    }
    for inspector in [&monitor, &superuser] {
        assert_quiet(inspector, "everything was fixed");
    }
    service::suite(bindir);
    let Counts { caused, found, by_monitor, fixed } = counts;
    crate::documents::print_count(&format!(
        "verify on PostgreSQL {major}: {caused} deviations caused, {found} found, {by_monitor} of them as the monitor role, {fixed} fixed"
    ));
}

/// A server with posemo in the home database and in `app`, the objects of the deviations, and a superuser session in
/// each.
struct Stage {
    server: Server,
    home: Person,
    app: Person,
}

impl Stage {
    fn new(bindir: &Path) -> Stage {
        let server = Server::start(&ServerOptions {
            bindir: Some(bindir.to_owned()),
            ..ServerOptions::default()
        });
        for database in ["app", "sales"] {
            server.superuser("postgres", &format!("CREATE DATABASE {database}"));
        }
        server.install(&["--database", "app"]);
        server.superuser("app", OBJECTS);
        let (home, app) = (server.session("postgres", "posemo"), server.session("postgres", "app"));
        Stage { server, home, app }
    }

    fn run(&self, database: &str, sql: &str) {
        let person = if database == "app" { &self.app } else { &self.home };
        person.ask(sql).unwrap_or_else(|error| panic!("{sql}\n{error}"));
    }
}

/// The findings are exactly those of the deviation.
fn assert_found(deviation: &Deviation, seen: &[Found]) {
    let mut others: Vec<&Found> = seen.iter().collect();
    for (state, text) in &deviation.found {
        let position =
            others.iter().position(|found| found.state == *state && found.text.contains(text));
        let position = position.unwrap_or_else(|| {
            panic!("{}\n  not found: {state} {text}\n  found: {seen:#?}", deviation.cause)
        });
        others.remove(position);
    }
    assert!(others.is_empty(), "{}\n  also found: {others:#?}", deviation.cause);
}

/// Runs the reported fixes until no finding remains: one fix may remove two findings.
fn fix(stage: &Stage, deviation: &Deviation, inspector: &Inspector, seen: Vec<Found>) {
    let mut seen = seen;
    for _ in 0..=deviation.found.len() {
        let Some(first) = seen.first().cloned() else { return };
        let (statement, install) = match first.fix.split_once("; and then: ") {
            Some((statement, rest)) => (statement, rest),
            None if first.fix.starts_with("posemo install") => ("", first.fix.as_str()),
            None => (first.fix.as_str(), ""),
        };
        if !statement.is_empty() {
            stage.run(&first.database, statement);
        }
        if !install.is_empty() {
            let advised = ["--prune", "--allow-superuser-owner"].into_iter();
            let advised = advised.filter(|option| install.contains(option));
            let options: Vec<&str> = ["--database", "app"].into_iter().chain(advised).collect();
            stage.server.install(&options);
        }
        seen = inspector.remaining(&seen);
        assert!(
            !seen.iter().any(|found| found.text == first.text),
            "{}\n  is not fixed by {}",
            deviation.cause,
            first.fix
        );
    }
    assert!(seen.is_empty(), "{}\n  remaining: {seen:#?}", deviation.cause);
}

fn assert_quiet(inspector: &Inspector, after: &str) {
    let seen = inspector.deviations();
    assert!(seen.is_empty(), "{after}\n  found: {seen:#?}");
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
