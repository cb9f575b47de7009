//! `verify` finds each deviation, and the reported fix removes it.
//!
//! On the server of this machine; the matrix runs the same on the other major versions.

use std::collections::BTreeSet;
use std::path::Path;

use posemo::tempserver::ServerOptions;

use crate::catalog::Folder;
use crate::server::{FEW, Person, Server};
use deviations::{Deviation, deviations};
use inspector::{Found, Inspector};

mod command;
mod deviations;
pub(crate) mod generated;
mod inspector;
mod service;

/// The objects that the deviations need: roles, tables, types.
const OBJECTS: &str = "CREATE ROLE mallory; CREATE ROLE boss SUPERUSER;
    CREATE TABLE public.secret (x integer, y text);
    CREATE SEQUENCE public.counter;
    CREATE TYPE public.mood AS ENUM ('good');";

/// Another installation, which must not be a deviation.
const NEIGHBOR: [&str; 12] = [
    "--home",
    "mon_b",
    "--schema",
    "mon_b",
    "--monitor-role",
    "mon_b",
    "--database",
    "app",
    "--check",
    "sequence_usage",
    "--check",
    "password_verifiers",
];

/// Drops the functions of all other checks. `@` is replaced by the names.
const ALL_BUT_FEW: &str = "DO $$ DECLARE f regprocedure; BEGIN
    FOR f IN SELECT p.oid FROM pg_proc AS p WHERE p.pronamespace = 'posemo'::regnamespace AND p.proname <> ALL (string_to_array('@', ','))
    LOOP EXECUTE format('DROP FUNCTION %s', f); END LOOP; END $$";

/// What makes a server weaker: who can run code as which role, and the roles.
const WEAKNESSES: &str = "
    SELECT pg_catalog.format('superuser %I owns SECURITY DEFINER function %s', r.rolname, p.oid::regprocedure) FROM pg_proc AS p
      JOIN pg_roles AS r ON r.oid = p.proowner WHERE p.prosecdef AND r.rolsuper
    UNION ALL SELECT pg_catalog.format('PUBLIC can call SECURITY DEFINER function %s', p.oid::regprocedure) FROM pg_proc AS p
      CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE p.prosecdef AND a.grantee = 0
    UNION ALL SELECT pg_catalog.format('superuser %I owns view or rule %s', r.rolname, c.oid::regclass) FROM pg_class AS c
      JOIN pg_roles AS r ON r.oid = c.relowner WHERE r.rolsuper AND c.oid >= 16384 AND (c.relkind = 'v' OR c.relhasrules)
    UNION ALL SELECT pg_catalog.format('superuser %I owns event trigger function %s', r.rolname, p.oid::regprocedure) FROM pg_proc AS p
      JOIN pg_roles AS r ON r.oid = p.proowner WHERE r.rolsuper AND p.prorettype = 'event_trigger'::regtype
    UNION ALL SELECT pg_catalog.format('%I is a member of %I', m.member::regrole, m.roleid::regrole) FROM pg_auth_members AS m
    UNION ALL SELECT pg_catalog.format('role %I is %s', r.rolname, v.what) FROM pg_roles AS r CROSS JOIN LATERAL (VALUES (r.rolsuper, 'a superuser'),
      (r.rolcanlogin, 'a login role'), (r.rolcreaterole, 'CREATEROLE'), (r.rolbypassrls, 'BYPASSRLS'), (r.rolreplication, 'REPLICATION'))
      AS v(has, what) WHERE v.has";

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
    /// A file with a password.
    password: String,
    _folder: Folder,
    /// The weaknesses of the installation without deviations.
    usual: BTreeSet<String>,
}

impl Stage {
    /// An installation beside a second one.
    fn new(bindir: &Path) -> Stage {
        let server = databases(bindir);
        server.install_few(&["--database", "app"]);
        server.install(&NEIGHBOR);
        server.superuser("app", OBJECTS);
        let (home, app) = (server.session("postgres", "posemo"), server.session("postgres", "app"));
        let usual = weaknesses(&home, &app);
        let folder = Folder::new("password");
        folder.write("password", "sesame\n");
        let password = folder.path().join("password").display().to_string();
        Stage { server, home, app, password, _folder: folder, usual }
    }

    fn weaknesses(&self) -> BTreeSet<String> {
        weaknesses(&self.home, &self.app)
    }

    /// Installs with the options of an advised command.
    fn install(&self, advised: &str) {
        let given = |option: &&str| advised.contains(option);
        let mut options = vec!["--database", "app"];
        options.extend(["--allow-superuser-owner"].iter().filter(|option| given(option)));
        if given(&"--password-file FILE") {
            options.extend(["--password-file", &self.password]);
        }
        if given(&"--prune") {
            // This command installs all checks.
            self.server.install(&[&options[..], &["--prune"]].concat());
            for person in [&self.home, &self.app] {
                person.ask(&ALL_BUT_FEW.replace('@', FEW)).unwrap();
            }
        } else {
            self.server.install_few(&options);
        }
    }

    fn run(&self, database: &str, sql: &str) {
        self.attempt(database, sql).unwrap_or_else(|error| panic!("{sql}\n{error}"));
    }

    fn attempt(&self, database: &str, sql: &str) -> Result<(), String> {
        let person = if database == "app" { &self.app } else { &self.home };
        person.ask(sql).map(drop)
    }
}

/// A server with an installation in the home database and in database app, and not in database sales.
fn installed(bindir: &Path) -> Server {
    let server = databases(bindir);
    server.install(&["--database", "app"]);
    server
}

/// A server with the databases app and sales.
fn databases(bindir: &Path) -> Server {
    let server = Server::start(&ServerOptions {
        bindir: Some(bindir.to_owned()),
        ..ServerOptions::default()
    });
    for database in ["app", "sales"] {
        server.superuser("postgres", &format!("CREATE DATABASE {database}"));
    }
    server
}

fn weaknesses(home: &Person, app: &Person) -> BTreeSet<String> {
    [home, app].iter().flat_map(|person| person.ask(WEAKNESSES).unwrap()).collect()
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
    if let Some(alike) = deviation.alike {
        others.retain(|found| !found.text.contains(alike));
    }
    assert!(others.is_empty(), "{}\n  also found: {others:#?}", deviation.cause);
}

/// Runs all reported fixes in their order, again until no finding remains: a fix can be `posemo install` after a
/// statement. No fix makes the server weaker.
fn fix(stage: &Stage, deviation: &Deviation, inspector: &Inspector, seen: Vec<Found>) {
    let mut seen = seen;
    let mut known = &stage.weaknesses() | &stage.usual;
    for _ in 0..3 {
        if seen.is_empty() {
            return;
        }
        let (mut done, mut installed) = (0, false);
        for found in &seen {
            let (statement, install) = match found.fix.split_once("; and then: ") {
                Some((statement, rest)) => (statement, rest),
                None if found.fix.starts_with("posemo install") => ("", found.fix.as_str()),
                None => (found.fix.as_str(), ""),
            };
            if !statement.is_empty() {
                match stage.attempt(&found.database, statement) {
                    Ok(()) => done += 1,
                    // An earlier fix removed the object of this one.
                    Err(error) if done > 0 && error.contains("does not exist") => {}
                    Err(error) => panic!("{}\n  {statement}\n  {error}", deviation.cause),
                }
            }
            let again = installed && statement.is_empty();
            if !install.is_empty() && !again {
                stage.install(install);
                installed = true;
            }
            let now = stage.weaknesses();
            let new: Vec<&String> = now.difference(&known).collect();
            assert!(new.is_empty(), "{}\n  {}\n  causes {new:#?}", deviation.cause, found.fix);
            known = &now | &stage.usual;
        }
        seen = inspector.remaining(&seen);
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
