//! Installing on a managed service: the installing role is not a superuser, but has CREATEROLE and CREATEDB.
//!
//! A temporary server with such a role simulates the service.

use std::path::Path;

use posemo::catalog::Catalog;
use posemo::catalog::check::Check;
use posemo::finding::report::{ServerRole, Skip};
use posemo::tempserver::ServerOptions;

use crate::install::{footprint_in, run_script_as};
use crate::server::{Server, posemo};

/// A server with the first role of a service's customer. From 16 on it needs the admin option to grant `pg_monitor`.
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
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

pub(crate) fn suite(bindir: &Path, major: u32) {
    let server = service(bindir);
    let before = server.superuser("postgres", FOREIGN);
    let (code, text) = install(&server, &[]);
    assert_eq!(code, 0, "{text}");
    let refused = "left out: password_strength, password_verifiers: its owner role posemo_authid needs \
        SELECT (rolname, rolpassword) on pg_catalog.pg_authid, which role customer cannot grant";
    assert!(text.contains(refused), "{text}");
    // Until 15 a role with CREATEROLE can grant every role except superusers. From 16 on it needs the admin option, and
    // that of pg_monitor does not include the roles that pg_monitor is a member of.
    let admin = if major >= 16 { " needs pg_read_all_stats, which" } else { "" };
    assert!(text.contains(admin), "{text}");
    assert!(text.contains("unchanged: functions with side effects in database posemo"), "{text}");
    let (code, again) = install(&server, &[]);
    assert!(code == 0 && again.contains("nothing to change"), "{again}");
    the_privileges_are_minimal(&server);
    missing_checks_are_reported(&server);
    assert_eq!(
        before,
        server.superuser("postgres", FOREIGN),
        "objects of the service are unchanged"
    );
    changes_by_hand_are_reverted(&server);
    the_script_has_the_same_result(bindir, &server);
}

/// The checks whose owner roles need grants that the customer cannot make, and that are for a major version.
fn left_out(major: u32) -> Vec<String> {
    let withheld = |check: &Check| match check.owner.as_str() {
        "authid" | "files" | "hba" | "logs" | "mappings" | "statistics" | "subscriptions" => true,
        "origins" => major >= 14,
        "sequences" | "settings" | "stats" => major >= 16,
        _ => false,
    };
    let checks = Catalog::embedded().checks().unwrap().into_iter();
    let here = checks.filter(|check| check.servers.contains(major));
    here.filter(withheld).map(|check| check.name).collect()
}

/// The databases with an installation.
const DATABASES: &[&str] = &["posemo", "app"];

fn footprint(server: &Server) -> Vec<String> {
    footprint_in(server, DATABASES)
}

/// The roles of the service, and privileges on system objects.
const FOREIGN: &str = "
SELECT format('role %s %s %s %s', rolname, rolsuper, rolcreaterole, rolcreatedb) FROM pg_roles WHERE rolname !~ '^posemo'
UNION ALL SELECT format('member %s of %s %s', member::regrole, roleid::regrole, admin_option) FROM pg_auth_members
  WHERE NOT member::regrole::text ~ '^posemo' AND NOT roleid::regrole::text ~ '^posemo'
UNION ALL SELECT format('acl %s %s', oid::regclass, relacl) FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relacl IS NOT NULL
UNION ALL SELECT format('acl %s.%s %s', attrelid::regclass, attname, attacl) FROM pg_attribute WHERE attacl IS NOT NULL
UNION ALL SELECT format('acl %s %s', oid::regprocedure, proacl) FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proacl IS NOT NULL
ORDER BY 1";

/// Owner roles without login and members own the functions, and the monitor role can only call these.
fn the_privileges_are_minimal(server: &Server) {
    let excess = "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
        WHERE pronamespace = 'posemo'::regnamespace AND NOT (r.rolname LIKE 'posemo\\_%' AND NOT r.rolcanlogin AND NOT r.rolsuper
          AND p.prosecdef AND NOT has_function_privilege('public', p.oid, 'EXECUTE')
          AND has_function_privilege('posemo', p.oid, 'EXECUTE'))
        UNION ALL SELECT 'create for ' || rolname FROM pg_roles
          WHERE rolname LIKE 'posemo%' AND has_schema_privilege(rolname, 'posemo', 'CREATE')";
    for database in DATABASES {
        assert_eq!(server.superuser(database, excess), Vec::<String>::new());
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

/// A run reports the checks that were left out, and only these.
fn missing_checks_are_reported(server: &Server) {
    let checks = Catalog::embedded().checks().unwrap();
    let checks: Vec<_> = checks.into_iter().map(std::rc::Rc::new).collect();
    let report = server.run(&checks);
    let missing =
        |report: &&posemo::finding::report::CheckReport| report.skipped == Some(Skip::NotInstalled);
    let missing: Vec<&str> =
        report.targets[0].checks.iter().filter(missing).map(|check| check.check.as_str()).collect();
    // A check for standbys, or one that requires an extension, is skipped here as such, and one that runs on demand only is
    // not run.
    let here = |name: &String| {
        checks.iter().any(|check| {
            check.name == *name
                && check.by_default
                && check.role != Some(ServerRole::Standby)
                && check.requires.is_none()
        })
    };
    let mut expected = left_out(server.major());
    expected.retain(here);
    assert_eq!(missing, expected);
    for check in
        report.targets[0].checks.iter().filter(|check| !missing.contains(&check.check.as_str()))
    {
        assert_eq!(check.error, None, "{}", check.check);
    }
}

fn changes_by_hand_are_reverted(server: &Server) {
    let installed = footprint(server);
    for change in [
        "ALTER FUNCTION posemo.alive() RESET ALL",
        "GRANT EXECUTE ON FUNCTION posemo.alive() TO PUBLIC",
        "ALTER FUNCTION posemo.alive() OWNER TO posemo_monitor",
        "DROP FUNCTION posemo.alive()",
    ] {
        server.superuser("posemo", change);
        let (code, text) = install(server, &[]);
        assert!(code == 0 && !text.contains("nothing to change"), "{change}: {text}");
        assert_eq!(installed, footprint(server), "{change}");
    }
    // A superuser does not take over an installation that another role can still change.
    let output = server.posemo(&["install", "-U", "postgres"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && error.contains("Nothing was changed"), "{error}");
    assert_eq!(installed, footprint(server));
}

fn the_script_has_the_same_result(bindir: &Path, direct: &Server) {
    let printed = service(bindir);
    let arguments =
        ["install", "--print", "--without-superuser", "--server-version", printed.version()];
    let mut arguments = arguments.to_vec();
    for database in &DATABASES[1..] {
        arguments.extend(["--database", database]);
    }
    // Without a server posemo cannot determine the possible grants, so the checks are named.
    let mut checks: Vec<String> =
        Catalog::embedded().checks().unwrap().into_iter().map(|check| check.name).collect();
    checks.retain(|name| !left_out(printed.major()).contains(name));
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

/// A role that cannot create roles or a database is refused, and nothing is changed.
#[test]
fn missing_privileges_are_reported() {
    let server = service(&Server::bindir());
    server.superuser("postgres", "CREATE ROLE ordinary LOGIN; CREATE ROLE poor LOGIN CREATEROLE");
    for (role, expected) in [
        ("ordinary", "role ordinary is not a superuser and cannot create roles"),
        ("poor", "permission denied to create database"),
    ] {
        let output = server.posemo(&["install", "-U", role]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && error.contains(expected), "{error}");
        assert!(error.contains("Nothing was changed"), "{error}");
    }
    // A database of another role is skipped, and the rest is installed.
    server.superuser("postgres", "CREATE DATABASE theirs");
    let (code, text) = install(&server, &["--database", "theirs"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("not installed in database theirs: create schema posemo: "), "{text}");
    assert!(text.contains("or as a role with CREATE on it."), "{text}");
    assert!(text.contains("create function posemo.alive in database posemo"), "{text}");
}
