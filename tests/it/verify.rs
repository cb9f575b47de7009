//! Verifying: each deviation made alone, found for what it is, mended by its own remedy, and gone.
//!
//! On the server of this machine; the matrix does the same on the other majors.

use std::path::Path;

use posemo::tempserver::ServerOptions;

use crate::server::{Person, Server};
use deviations::{Deviation, deviations};
use inspector::{Found, Inspector};

mod command;
mod deviations;
mod inspector;
mod service;

/// What has to be there for the deviations: roles, a database where nothing is installed, objects.
const PROPS: &str = "CREATE ROLE mallory; CREATE ROLE boss SUPERUSER;
    CREATE TABLE public.secret (x integer, y text);
    CREATE SEQUENCE public.counter;
    CREATE TYPE public.mood AS ENUM ('good');";

/// How often each thing happened.
#[derive(Default)]
struct Counts {
    made: usize,
    found: usize,
    by_monitor: usize,
    mended: usize,
}

/// Makes every deviation that a major knows, on a server where posemo is installed.
pub(crate) fn suite(bindir: &Path, major: u32) {
    let stage = Stage::new(bindir);
    let monitor = Inspector::new(&stage.server, "posemo");
    let superuser = Inspector::new(&stage.server, "postgres");
    for inspector in [&monitor, &superuser] {
        assert_quiet(inspector, "a fresh installation");
    }
    let mut counts = Counts::default();
    for deviation in deviations().iter().filter(|deviation| deviation.majors.contains(&major)) {
        counts.made += 1;
        stage.run(deviation.database, deviation.made);
        // What the monitor sees, a superuser sees in the same way.
        let seen = if deviation.monitor_sees { &monitor } else { &superuser }.deviations();
        assert_found(deviation, &seen);
        counts.found += 1;
        counts.by_monitor += usize::from(deviation.monitor_sees);
        mend(&stage, deviation, &superuser, seen);
        counts.mended += 1;
        // The next deviation must be found alone, so what is left of this one would be seen.
        stage.run(deviation.database, deviation.after);
    }
    for inspector in [&monitor, &superuser] {
        assert_quiet(inspector, "everything was mended");
    }
    service::suite(bindir);
    let Counts { made, found, by_monitor, mended } = counts;
    crate::documents::print_count(&format!(
        "verify on PostgreSQL {major}: {made} deviations made, {found} found, {by_monitor} as the monitor role, {mended} mended"
    ));
}

/// A server with posemo at home and in `app`, with everything that the deviations name, and a superuser in each.
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
        server.superuser("app", PROPS);
        let (home, app) = (server.session("postgres", "posemo"), server.session("postgres", "app"));
        Stage { server, home, app }
    }

    fn run(&self, database: &str, sql: &str) {
        let person = if database == "app" { &self.app } else { &self.home };
        person.ask(sql).unwrap_or_else(|error| panic!("{sql}\n{error}"));
    }
}

/// Each finding that belongs to the deviation is there, and no other.
fn assert_found(deviation: &Deviation, seen: &[Found]) {
    let mut left: Vec<&Found> = seen.iter().collect();
    for (state, words) in &deviation.found {
        let position =
            left.iter().position(|found| found.state == *state && found.words.contains(words));
        let position = position.unwrap_or_else(|| {
            panic!("{}\n  gives no {state} {words}\n  but {seen:#?}", deviation.made)
        });
        left.remove(position);
    }
    assert!(left.is_empty(), "{}\n  also gives {left:#?}", deviation.made);
}

/// Runs the remedies, one after the other, as long as there are some: one may mend two findings.
fn mend(stage: &Stage, deviation: &Deviation, inspector: &Inspector, seen: Vec<Found>) {
    let mut seen = seen;
    for _ in 0..=deviation.found.len() {
        let Some(first) = seen.first().cloned() else { return };
        let (statement, install) = match first.mend.split_once("; and then: ") {
            Some((statement, rest)) => (statement, rest),
            None if first.mend.starts_with("posemo install") => ("", first.mend.as_str()),
            None => (first.mend.as_str(), ""),
        };
        if !statement.is_empty() {
            stage.run(&first.database, statement);
        }
        if !install.is_empty() {
            stage.server.install(&["--database", "app"]);
        }
        seen = inspector.still(&seen);
        assert!(
            !seen.iter().any(|found| found.words == first.words),
            "{}\n  is not mended by {}",
            deviation.made,
            first.mend
        );
    }
    assert!(seen.is_empty(), "{}\n  leaves {seen:#?}", deviation.made);
}

fn assert_quiet(inspector: &Inspector, after: &str) {
    let seen = inspector.deviations();
    assert!(seen.is_empty(), "{after}\n  leaves {seen:#?}");
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
