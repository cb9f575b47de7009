//! Installing: the script as text, directly and through psql, and what the monitor may do afterwards.
//!
//! On the server of this machine; the matrix does the same on the other majors.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, io::Write};

use posemo::tempserver::ServerOptions;

use crate::catalog::Folder;
use crate::golden::assert_golden;
use crate::programs::need;
use crate::server::{Server, posemo, psql};

/// A small catalogue that does not change with the shipped one.
fn sample() -> Folder {
    let folder = Folder::new("install-sample");
    let readme = "# x\n\n## What it watches\n\nx\n\n## Why it matters\n\nx\n\n## What to do\n\nx\n";
    let manifest = "summary = \"Sample\"\nscope = \"database\"\nowner = \"authid\"\nrow_limit = 5\n\n[arguments.minimum]\n\
        type = \"bigint\"\ndefault = -7\n\n[arguments.words]\ntype = \"text\"\ndefault = \"it's $posemo$ \\\\ here\"\n\n\
        [columns.thing]\ntype = \"name\"\nrole = \"object\"\n\n[columns.count]\ntype = \"bigint\"\n";
    folder.write("zz_sample/check.toml", manifest);
    folder.write(
        "zz_sample/query.sql",
        "-- $posemo$ is in the text\nSELECT 'x'::name AS thing, minimum AS count -- end",
    );
    folder.write("zz_sample/query.before-14.sql", "SELECT 'old'::name AS thing, minimum AS count");
    folder.write("zz_sample/README.md", readme);
    folder
}

#[test]
fn the_script_is_what_was_agreed_on() {
    let folder = sample();
    let checks = folder.path().display().to_string();
    for (golden, version) in [("sample-17", "17.4"), ("sample-12", "12.3")] {
        let arguments = [
            "install",
            "--print",
            "--server-version",
            version,
            "--checks",
            &checks,
            "--check",
            "zz_sample",
        ];
        let output = posemo(
            &[&arguments[..], &["--database", "it's \"$posemo$\"", "--home", "mon"]].concat(),
        );
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        // The hash covers the definition, and the definition the version of nothing.
        assert_golden(&format!("install/{golden}.sql"), &text);
    }
}

/// Everything that an installation leaves in the catalogs, as text.
pub(crate) const FOOTPRINT: &str = "
SELECT format('function %s %s %s %s %s %s %s %s', p.oid::regprocedure, pg_get_userbyid(p.proowner), p.proacl, p.proconfig,
    p.prosecdef, p.provolatile, md5(pg_get_functiondef(p.oid)), obj_description(p.oid, 'pg_proc'))
  FROM pg_proc p WHERE pronamespace = 'posemo'::regnamespace
UNION ALL SELECT format('schema %s %s %s', nspname, nspacl, pg_get_userbyid(nspowner)) FROM pg_namespace WHERE nspname !~ '^pg_'
UNION ALL SELECT format('role %s %s %s %s %s %s %s %s %s %s', rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin,
    rolreplication, rolconnlimit, rolbypassrls, shobj_description(oid, 'pg_authid')) FROM pg_roles WHERE rolname !~ '^pg_'
UNION ALL SELECT format('member %s of %s %s', member::regrole, roleid::regrole, admin_option) FROM pg_auth_members
UNION ALL SELECT format('database %s %s %s', datname, datacl, shobj_description(oid, 'pg_database')) FROM pg_database
UNION ALL SELECT format('acl %s %s', oid::regclass, relacl) FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relacl IS NOT NULL
UNION ALL SELECT format('acl %s.%s %s', attrelid::regclass, attname, attacl) FROM pg_attribute WHERE attacl IS NOT NULL
UNION ALL SELECT format('acl %s %s', oid::regprocedure, proacl) FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proacl IS NOT NULL
UNION ALL SELECT format('default %s %s', defaclrole::regrole, defaclacl) FROM pg_default_acl
ORDER BY 1";

pub(crate) fn footprint(server: &Server) -> Vec<String> {
    footprint_in(server, &["posemo", "app"])
}

/// The same, where posemo is in these databases.
pub(crate) fn footprint_in(server: &Server, databases: &[&str]) -> Vec<String> {
    databases.iter().flat_map(|database| server.superuser(database, FOOTPRINT)).collect()
}

/// Runs a script through psql, as superuser.
pub(crate) fn run_script(server: &Server, script: &str) {
    run_script_as(server, "postgres", script);
}

/// Runs a script through psql.
pub(crate) fn run_script_as(server: &Server, user: &str, script: &str) {
    let mut child = Command::new(psql(server.0.bindir()))
        .args([
            "-X",
            "-h",
            &server.0.socket().display().to_string(),
            "-p",
            &server.0.port().to_string(),
        ])
        .args(["-U", user, "-d", "postgres", "-f", "-"])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("psql is needed: apt-get install postgresql-client");
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success() && said.contains("posemo: installed") && !said.contains("ERROR"),
        "{said}"
    );
}

/// Installed directly, through psql, and twice: the catalogs are the same.
pub(crate) fn every_way_leads_to_the_same(bindir: &Path) {
    let options = ServerOptions { bindir: Some(bindir.to_owned()), ..ServerOptions::default() };
    let (direct, printed) = (Server::start(&options), Server::start(&options));
    for server in [&direct, &printed] {
        server.superuser("postgres", "CREATE DATABASE app");
    }
    let before =
        direct.superuser("postgres", FOOTPRINT.replace("'posemo'::regnamespace", "0").as_str());
    let dry = direct.install(&["--database", "app", "--dry-run"]);
    assert!(
        dry.contains("would create database posemo")
            && dry.contains("would create role posemo_authid"),
        "{dry}"
    );
    let after =
        direct.superuser("postgres", FOOTPRINT.replace("'posemo'::regnamespace", "0").as_str());
    assert_eq!(before, after, "a dry run changed something");
    let said = direct.install(&["--database", "app"]);
    assert!(said.contains("create function posemo.alive in database posemo"), "{said}");
    // The dry run had no home database to look from; only what follows from making it was not foreseen.
    let foreseen: Vec<&str> = dry.lines().filter_map(|line| line.strip_prefix("would ")).collect();
    let done: Vec<&str> = said.lines().take_while(|line| !line.starts_with("role ")).collect();
    let surprises: Vec<_> = done.iter().filter(|line| !foreseen.contains(line)).collect();
    assert_eq!(surprises, [&"open database posemo"], "{dry}{said}");
    assert_eq!(foreseen.len() + 1, done.len(), "{dry}{said}");
    assert!(said.contains("create schema posemo in database app"), "{said}");
    assert!(said.contains("role posemo has no password: "), "{said}");
    let print = ["install", "--print", "--server-version", direct.version(), "--database", "app"];
    let script = String::from_utf8(posemo(&print).stdout).unwrap();
    run_script(&printed, &script);
    let installed = footprint(&direct);
    assert_eq!(installed, footprint(&printed));
    let again = direct.install(&["--database", "app"]);
    assert!(again.ends_with("nothing to change: everything is as it should be\n"), "{again}");
    assert_eq!(direct.install(&["--database", "app", "--quiet"]), "");
    let dry = printed.install(&["--database", "app", "--dry-run"]);
    assert!(dry.ends_with("nothing to change: everything is as it should be\n"), "{dry}");
    run_script(&printed, &script);
    assert_eq!(installed, footprint(&direct));
    assert_eq!(installed, footprint(&printed));
    // A selection changes nothing else, and is not refused for what the whole has made.
    let some = direct.install(&["--database", "app", "--check", "alive"]);
    assert!(some.ends_with("nothing to change: everything is as it should be\n"), "{some}");
    assert_eq!(installed, footprint(&direct));
    functions_are_pinned(&direct);
    the_monitor_can_do_nothing_else(&direct);
    drift_is_mended(&direct, &installed);
}

fn functions_are_pinned(server: &Server) {
    for database in ["posemo", "app"] {
        let loose = server.superuser(
            database,
            "SELECT p.proname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
             WHERE pronamespace = 'posemo'::regnamespace AND NOT (
               p.prosecdef AND p.provolatile = 's' AND NOT r.rolcanlogin AND NOT r.rolsuper
               AND p.proconfig[1] = 'search_path=pg_catalog, pg_temp'
               AND p.proconfig @> '{standard_conforming_strings=on,transform_null_equals=off,lock_timeout=2s,row_security=off}'
               AND (current_setting('restrict_nonsystem_relation_kind', true) IS NULL
                 OR p.proconfig @> '{\"restrict_nonsystem_relation_kind=view,foreign-table\"}')
               AND NOT EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                 WHERE a.grantee NOT IN (p.proowner, 'posemo'::regrole) OR a.is_grantable)
               AND has_function_privilege('posemo', p.oid, 'EXECUTE'))",
        );
        assert!(loose.is_empty(), "{loose:?}");
    }
    let count = server.superuser(
        "posemo",
        "SELECT count(*) FROM pg_proc WHERE pronamespace = 'posemo'::regnamespace",
    );
    assert!(count[0].parse::<u32>().unwrap() >= 11, "{count:?}");
}

/// The monitor calls each function, and is refused whatever else a first try reaches.
fn the_monitor_can_do_nothing_else(server: &Server) {
    for database in ["posemo", "app"] {
        let functions = server.superuser(
            database,
            "SELECT proname FROM pg_proc WHERE pronamespace = 'posemo'::regnamespace",
        );
        for function in functions {
            let answer =
                server.ask("posemo", database, &format!("SELECT * FROM posemo.{function}()"));
            assert!(answer.is_ok(), "{function}: {answer:?}");
        }
    }
    server.superuser("posemo", "CREATE TABLE public.secret AS SELECT 1 AS x");
    for sql in [
        "SELECT * FROM public.secret",
        "SELECT rolpassword FROM pg_authid",
        "SELECT rolname FROM pg_authid",
        "SELECT * FROM pg_hba_file_rules",
        "CREATE TABLE public.mine (x int)",
        "CREATE TABLE posemo.mine (x int)",
        "CREATE FUNCTION posemo.alive(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION posemo.alive() RETURNS TABLE (alive boolean) LANGUAGE sql AS 'SELECT true'",
        "CREATE SCHEMA mine",
        "CREATE TEMPORARY TABLE t (x int)",
        "CREATE ROLE other",
        "CREATE DATABASE other",
        "SET ROLE posemo_authid",
        "GRANT posemo_authid TO posemo",
        "DROP FUNCTION posemo.alive()",
        "ALTER FUNCTION posemo.alive() SECURITY INVOKER",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT lo_create(0)",
        "SELECT pg_notify('a', 'b')",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_logical_emit_message(false, 'a', 'b')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ] {
        let answer = server.ask("posemo", "posemo", sql);
        assert!(answer.as_ref().is_err_and(|error| error.contains("42501")), "{sql}: {answer:?}");
    }
    server.superuser("posemo", "DROP TABLE public.secret; CREATE ROLE unrelated LOGIN");
    let stranger = server.ask("unrelated", "app", "SELECT * FROM posemo.sequence_usage()");
    assert!(stranger.is_err_and(|error| error.contains("42501")));
    let stranger = server.ask("unrelated", "posemo", "SELECT 1");
    assert!(
        stranger.is_err_and(|error| error.contains("permission denied")),
        "PUBLIC may not come home"
    );
    server.superuser("posemo", "DROP ROLE unrelated");
}

/// What was changed by hand is found by the next installation, and made anew.
fn drift_is_mended(server: &Server, installed: &[String]) {
    for drift in [
        "ALTER FUNCTION posemo.alive() RESET ALL",
        "ALTER FUNCTION posemo.alive() SECURITY INVOKER",
        "ALTER FUNCTION posemo.alive() VOLATILE",
        "GRANT EXECUTE ON FUNCTION posemo.alive() TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION posemo.alive() FROM posemo",
        "ALTER FUNCTION posemo.alive() OWNER TO posemo_stats",
        "UPDATE pg_proc SET prosrc = 'SELECT true' WHERE oid = 'posemo.alive()'::regprocedure",
        "DROP FUNCTION posemo.alive()",
        "REVOKE USAGE ON SCHEMA posemo FROM posemo",
        "GRANT CONNECT ON DATABASE posemo TO PUBLIC",
        "REVOKE SELECT (rolpassword) ON pg_authid FROM posemo_authid",
    ] {
        server.superuser("posemo", drift);
        let said = server.install(&["--database", "app"]);
        assert!(!said.contains("nothing to change"), "{drift}: {said}");
        assert_eq!(installed, footprint(server), "{drift}");
    }
}

#[test]
fn installing_is_the_same_every_way() {
    need!("psql");
    every_way_leads_to_the_same(&Server::bindir());
}

/// Refusals name the object and change nothing.
#[test]
fn what_is_not_ours_is_refused() {
    let server = Server::start(&ServerOptions::default());
    server.superuser("postgres", "CREATE DATABASE app; ");
    for (prepare, database, words, mend) in [
        ("CREATE SCHEMA posemo", "app", "schema posemo exists and is not posemo's own", "DROP SCHEMA posemo"),
        ("CREATE ROLE posemo LOGIN SUPERUSER", "app", "role posemo exists and is not a bare login role", "DROP ROLE posemo"),
        ("CREATE ROLE posemo_authid LOGIN", "app", "role posemo_authid exists and may do more", "DROP ROLE posemo_authid"),
        (
            "CREATE ROLE posemo_plain; GRANT pg_monitor TO posemo_plain",
            "app",
            "role posemo_plain exists and may do more",
            "DROP ROLE posemo_plain",
        ),
        (
            "CREATE ROLE mallory; CREATE FUNCTION evil() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
             ALTER FUNCTION evil() OWNER TO mallory; CREATE EVENT TRIGGER trap ON ddl_command_start EXECUTE FUNCTION evil()",
            "app",
            "event trigger trap, whose function belongs to mallory",
            "DROP EVENT TRIGGER trap; DROP FUNCTION evil(); DROP ROLE mallory",
        ),
    ] {
        server.superuser(database, prepare);
        let before = server.superuser("postgres", FOOTPRINT.replace("'posemo'::regnamespace", "0").as_str());
        let output = server.posemo(&["install", "-U", "postgres", "--home", "app", "--database", "app"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(words) && said.contains("Nothing was changed"), "{said}");
        let after = server.superuser("postgres", FOOTPRINT.replace("'posemo'::regnamespace", "0").as_str());
        assert_eq!(before, after, "{prepare}");
        server.superuser(database, mend);
    }
    // A refusal on the way takes the home database away again that was made for it.
    server.superuser("postgres", "CREATE ROLE posemo_stats SUPERUSER");
    let output = server.posemo(&["install", "-U", "postgres"]);
    assert_eq!(output.status.code(), Some(1));
    let left =
        server.superuser("postgres", "SELECT datname FROM pg_database WHERE datname = 'posemo'");
    assert!(left.is_empty(), "{left:?}");
}

/// Adding a check is one folder, and taking it out takes its function away.
#[test]
fn a_folder_is_a_check() {
    let folder = Folder::new("second");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("checks/alive");
    for file in ["check.toml", "query.sql", "README.md"] {
        folder.write(&format!("second/{file}"), &fs::read_to_string(shipped.join(file)).unwrap());
    }
    let checks = folder.path().display().to_string();
    let server = Server::start(&ServerOptions::default());
    server.install(&["--checks", &checks]);
    let output = server.posemo(&["check", "--checks", &checks, "second"]);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("SECOND OK - "), "{output:?}");
    let said = server.install(&[]);
    assert!(said.contains("drop outdated functions"), "{said}");
    let output = server.posemo(&["check", "--checks", &checks, "second"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.starts_with("SECOND UNKNOWN - not installed in database posemo: run posemo install"),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(3));
}

/// Names of the world, in every place where a name goes.
#[test]
fn names_of_the_world_work() {
    let server = Server::start(&ServerOptions::default());
    let database = "o'\"$posemo$\\ \u{1b}é";
    let quoted = database.replace('"', "\"\"");
    server.superuser("postgres", &format!("CREATE DATABASE \"{quoted}\""));
    let names =
        ["--database", database, "--schema", "Pösemo's", "--monitor-role", "the \"monitor\""];
    let said = server.install(&names);
    assert!(said.contains("\\u{1b}"), "{said}");
    let again = server.install(&names);
    assert!(again.contains("nothing to change"), "{again}");
    let functions = "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'Pösemo''s'";
    assert_eq!(server.superuser(database, functions), ["1"]);
}
