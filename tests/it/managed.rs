//! A managed service: the installer is no superuser, but a role with CREATEROLE and CREATEDB.
//!
//! The service is simulated with such a role on a server of our own; no real one is asked.

use std::path::Path;

use posemo::catalog::Catalog;
use posemo::finding::report::Skip;
use posemo::tempserver::ServerOptions;

use crate::install::{footprint_in, run_script_as};
use crate::server::{Server, posemo};

/// What a service gives to its customer's first role. Where a role must be passed on explicitly, it may be.
fn service(bindir: &Path) -> Server {
    let server = Server::start(&ServerOptions {
        bindir: Some(bindir.to_owned()),
        ..ServerOptions::default()
    });
    let admin = if server.major() >= 16 { " WITH ADMIN OPTION" } else { "" };
    server.superuser(
        "postgres",
        &format!(
            "CREATE ROLE customer LOGIN CREATEROLE CREATEDB; GRANT pg_monitor TO customer{admin}"
        ),
    );
    server.superuser("postgres", "CREATE DATABASE app OWNER customer");
    server
}

fn install(server: &Server, arguments: &[&str]) -> (i32, String) {
    let all = [&["install", "-U", "customer", "--database", "app"], arguments].concat();
    let output = server.posemo(&all);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

pub(crate) fn suite(bindir: &Path, major: u32) {
    let server = service(bindir);
    let before = server.superuser("postgres", FOREIGN);
    let (code, said) = install(&server, &[]);
    assert_eq!(code, 0, "{said}");
    let refused = "left out: password_verifiers: its owner posemo_authid needs \
        SELECT (rolname, rolpassword) on pg_catalog.pg_authid, which role customer may not grant";
    assert!(said.contains(refused), "{said}");
    // Until 15 whoever may create roles passes on any other than a superuser's; from 16 on it takes ADMIN,
    // and that on pg_monitor is none on the roles that it consists of.
    let admin = if major >= 16 { " needs pg_read_all_stats, which" } else { "" };
    assert!(said.contains(admin), "{said}");
    assert!(
        said.contains("left as it is: functions with side effects in database posemo"),
        "{said}"
    );
    let (code, again) = install(&server, &[]);
    assert!(code == 0 && again.contains("nothing to change"), "{again}");
    the_rules_are_the_same(&server);
    what_is_left_out_is_said(&server);
    assert_eq!(
        before,
        server.superuser("postgres", FOREIGN),
        "something of the service's own was changed"
    );
    drift_is_mended(&server);
    the_script_does_the_same(bindir, &server);
}

/// The checks whose owners need more than the customer may give.
fn left_out(major: u32) -> &'static [&'static str] {
    if major >= 16 {
        &["connection_usage", "database_size", "password_verifiers", "sequence_usage"]
    } else {
        &["password_verifiers"]
    }
}

/// Where something is installed: nothing in the other database where its only check is left out.
fn databases(major: u32) -> &'static [&'static str] {
    if major >= 16 { &["posemo"] } else { &["posemo", "app"] }
}

fn footprint(server: &Server) -> Vec<String> {
    footprint_in(server, databases(server.major()))
}

/// What the service keeps to itself: its own roles, and rights on the system's objects.
const FOREIGN: &str = "
SELECT format('role %s %s %s %s', rolname, rolsuper, rolcreaterole, rolcreatedb) FROM pg_roles WHERE rolname !~ '^posemo'
UNION ALL SELECT format('member %s of %s %s', member::regrole, roleid::regrole, admin_option) FROM pg_auth_members
  WHERE NOT member::regrole::text ~ '^posemo' AND NOT roleid::regrole::text ~ '^posemo'
UNION ALL SELECT format('acl %s %s', oid::regclass, relacl) FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relacl IS NOT NULL
UNION ALL SELECT format('acl %s.%s %s', attrelid::regclass, attname, attacl) FROM pg_attribute WHERE attacl IS NOT NULL
UNION ALL SELECT format('acl %s %s', oid::regprocedure, proacl) FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proacl IS NOT NULL
ORDER BY 1";

/// Owners without login and members, functions that belong to them, a monitor that may call and nothing else.
fn the_rules_are_the_same(server: &Server) {
    let loose = "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
        WHERE pronamespace = 'posemo'::regnamespace AND NOT (r.rolname LIKE 'posemo\\_%' AND NOT r.rolcanlogin AND NOT r.rolsuper
          AND p.prosecdef AND NOT has_function_privilege('public', p.oid, 'EXECUTE')
          AND has_function_privilege('posemo', p.oid, 'EXECUTE'))
        UNION ALL SELECT 'create for ' || rolname FROM pg_roles
          WHERE rolname LIKE 'posemo%' AND has_schema_privilege(rolname, 'posemo', 'CREATE')";
    for database in databases(server.major()) {
        assert_eq!(server.superuser(database, loose), Vec::<String>::new());
    }
    let usable = if server.major() >= 16 {
        "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'customer'::regrole
           AND roleid::regrole::text LIKE 'posemo%' AND (inherit_option OR set_option)"
    } else {
        "SELECT roleid::regrole::text FROM pg_auth_members WHERE roleid::regrole::text LIKE 'posemo%'"
    };
    assert_eq!(server.superuser("postgres", usable), Vec::<String>::new());
    for sql in
        ["SELECT rolname FROM pg_authid", "SET ROLE posemo_monitor", "CREATE TABLE posemo.t ()"]
    {
        let answer = server.ask("posemo", "posemo", sql);
        assert!(answer.as_ref().is_err_and(|error| error.contains("42501")), "{sql}: {answer:?}");
    }
}

/// What could not be installed is a finding of a run, and nothing else is.
fn what_is_left_out_is_said(server: &Server) {
    let checks = Catalog::embedded().checks().unwrap();
    let checks: Vec<_> = checks.into_iter().map(std::rc::Rc::new).collect();
    let report = server.run(&checks);
    let missing =
        |report: &&posemo::finding::report::CheckReport| report.skipped == Some(Skip::NotInstalled);
    let missing: Vec<&str> =
        report.targets[0].checks.iter().filter(missing).map(|check| check.check.as_str()).collect();
    let expected = left_out(server.major());
    assert_eq!(missing, expected);
    for check in
        report.targets[0].checks.iter().filter(|check| !missing.contains(&check.check.as_str()))
    {
        assert_eq!(check.error, None, "{}", check.check);
    }
}

fn drift_is_mended(server: &Server) {
    let installed = footprint(server);
    for drift in [
        "ALTER FUNCTION posemo.alive() RESET ALL",
        "GRANT EXECUTE ON FUNCTION posemo.alive() TO PUBLIC",
        "ALTER FUNCTION posemo.alive() OWNER TO posemo_monitor",
        "DROP FUNCTION posemo.alive()",
    ] {
        server.superuser("posemo", drift);
        let (code, said) = install(server, &[]);
        assert!(code == 0 && !said.contains("nothing to change"), "{drift}: {said}");
        assert_eq!(installed, footprint(server), "{drift}");
    }
    // A superuser does not take over by accident what another may still change.
    let output = server.posemo(&["install", "-U", "postgres"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("Nothing was changed"), "{said}");
    assert_eq!(installed, footprint(server));
}

fn the_script_does_the_same(bindir: &Path, direct: &Server) {
    let printed = service(bindir);
    let arguments =
        ["install", "--print", "--without-superuser", "--server-version", printed.version()];
    let mut arguments = arguments.to_vec();
    for database in &databases(printed.major())[1..] {
        arguments.extend(["--database", database]);
    }
    // Without a server nobody knows what may be granted: the checks are named.
    let mut checks: Vec<String> =
        Catalog::embedded().checks().unwrap().into_iter().map(|check| check.name).collect();
    checks.retain(|name| !left_out(printed.major()).contains(&name.as_str()));
    for check in &checks {
        arguments.extend(["--check", check]);
    }
    let script = String::from_utf8(posemo(&arguments).stdout).unwrap();
    run_script_as(&printed, "customer", &script);
    assert_eq!(footprint(direct), footprint(&printed));
    run_script_as(&printed, "customer", &script);
    assert_eq!(footprint(direct), footprint(&printed));
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}

/// Who may neither make roles nor a database is told so, and nothing is changed.
#[test]
fn too_little_is_refused() {
    let server = service(&Server::bindir());
    server.superuser(
        "postgres",
        "CREATE ROLE nobody_special LOGIN; CREATE ROLE poor LOGIN CREATEROLE",
    );
    for (role, words) in [
        ("nobody_special", "role nobody_special is no superuser and may not create roles"),
        ("poor", "permission denied to create database"),
    ] {
        let output = server.posemo(&["install", "-U", role]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains(words), "{said}");
        assert!(said.contains("Nothing was changed"), "{said}");
    }
    // A database of somebody else's is left out, and the rest is installed.
    server.superuser("postgres", "CREATE DATABASE theirs");
    let (code, said) = install(&server, &["--database", "theirs"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("not installed in database theirs: create schema posemo: "), "{said}");
    assert!(said.contains("or have CREATE on it granted to you."), "{said}");
    assert!(said.contains("create function posemo.alive in database posemo"), "{said}");
}
