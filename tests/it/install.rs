//! Installing directly and through psql, and what the monitor role can do afterwards.
//!
//! On the server of this machine; the matrix runs the same on the other major versions.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, io::Write};

use posemo::catalog::Catalog;
use posemo::catalog::check::Scope;
use posemo::tempserver::ServerOptions;

use crate::catalog::Folder;
use crate::golden::assert_golden;
use crate::programs::need;
use crate::server::{Server, posemo, psql};

/// A small catalog that does not depend on the included checks.
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
fn the_script_is_the_golden_one() {
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
        let warning = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && warning.contains("not linted"), "{warning}");
        let text = String::from_utf8(output.stdout).unwrap();
        let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        // The hashes do not depend on the version: it is not part of a function's definition.
        assert_golden(&format!("install/{golden}.sql"), &text);
    }
}

/// The system catalog entries of an installation, as text.
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

/// The same, for posemo in these databases.
pub(crate) fn footprint_in(server: &Server, databases: &[&str]) -> Vec<String> {
    databases.iter().flat_map(|database| server.superuser(database, FOOTPRINT)).collect()
}

/// Runs a script through psql, as a superuser.
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
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success() && text.contains("posemo: installed") && !text.contains("ERROR"),
        "{text}"
    );
}

/// A second database, whose name must be quoted wherever the script contains it.
const SECOND: &str = "it's :posemo_text_1 \"$posemo$\" \\";

/// Installed directly, through psql, and twice: the system catalogs are the same.
pub(crate) fn every_way_has_the_same_result(bindir: &Path) {
    let options = ServerOptions { bindir: Some(bindir.to_owned()), ..ServerOptions::default() };
    let databases = ["posemo", "app", SECOND];
    let (direct, printed) = (Server::start(&options), Server::start(&options));
    for server in [&direct, &printed] {
        server.superuser("postgres", "CREATE DATABASE app");
        server
            .superuser("postgres", &format!("CREATE DATABASE \"{}\"", SECOND.replace('"', "\"\"")));
    }
    let install = |server: &Server, more: &[&str]| {
        server.install(&[&["--database", "app", "--database", SECOND], more].concat())
    };
    let before =
        direct.superuser("postgres", FOOTPRINT.replace("'posemo'::regnamespace", "0").as_str());
    let dry = install(&direct, &["--dry-run"]);
    assert!(
        dry.contains("would create database posemo")
            && dry.contains("would create role posemo_authid"),
        "{dry}"
    );
    let after =
        direct.superuser("postgres", FOOTPRINT.replace("'posemo'::regnamespace", "0").as_str());
    assert_eq!(before, after, "a dry run changed something");
    let output = install(&direct, &[]);
    assert!(output.contains("create function posemo.alive in database posemo"), "{output}");
    // The dry run had no home database to query; so it could not predict the steps after its creation.
    let predicted: Vec<&str> = dry.lines().filter_map(|line| line.strip_prefix("would ")).collect();
    let is_change = |line: &&str| !line.starts_with("role ") && !line.starts_with("left out: ");
    let done: Vec<&str> = output.lines().take_while(is_change).collect();
    let unpredicted: Vec<_> = done.iter().filter(|line| !predicted.contains(line)).collect();
    assert_eq!(unpredicted, [&"open database posemo"], "{dry}{output}");
    assert_eq!(predicted.len() + 1, done.len(), "{dry}{output}");
    assert!(output.contains("create schema posemo in database app"), "{output}");
    assert!(output.contains("role posemo has no password: "), "{output}");
    let print = ["install", "--print", "--server-version", direct.version(), "--database", "app"];
    let print = [&print[..], &["--database", SECOND]].concat();
    let script = String::from_utf8(posemo(&print).stdout).unwrap();
    let definition = r#"CREATE FUNCTION "posemo"."sequence_usage"("#;
    assert_eq!(script.matches(definition).count(), 1, "{definition} is the same in both databases");
    run_script(&printed, &script);
    let installed = footprint_in(&direct, &databases);
    assert_eq!(installed, footprint_in(&printed, &databases));
    let again = install(&direct, &[]);
    assert!(again.ends_with("nothing to change: everything is installed as expected\n"), "{again}");
    assert_eq!(install(&direct, &["--quiet"]), "");
    let dry = install(&printed, &["--dry-run"]);
    assert!(dry.ends_with("nothing to change: everything is installed as expected\n"), "{dry}");
    run_script(&printed, &script);
    assert_eq!(installed, footprint_in(&direct, &databases));
    assert_eq!(installed, footprint_in(&printed, &databases));
    // A selection changes nothing else, and accepts the rest of the installation.
    let some = install(&direct, &["--check", "alive"]);
    assert!(some.ends_with("nothing to change: everything is installed as expected\n"), "{some}");
    assert_eq!(installed, footprint_in(&direct, &databases));
    functions_have_fixed_settings(&direct);
    the_monitor_can_only_call_functions(&direct);
    changes_by_hand_are_reverted(&direct, &footprint(&direct));
    privileges_that_a_dump_cannot_restore_are_given_back(&direct);
}

fn functions_have_fixed_settings(server: &Server) {
    for database in ["posemo", "app"] {
        let unsafe_ones = server.superuser(
            database,
            "SELECT p.proname FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
             WHERE pronamespace = 'posemo'::regnamespace AND NOT (
               p.prosecdef AND p.provolatile = 's' AND NOT r.rolcanlogin AND NOT r.rolsuper
               AND p.proconfig[1] = 'search_path=pg_catalog, pg_temp'
               AND p.proconfig @> '{standard_conforming_strings=on,transform_null_equals=off,lock_timeout=100ms,row_security=off}'
               AND (current_setting('restrict_nonsystem_relation_kind', true) IS NULL
                 OR p.proconfig @> '{\"restrict_nonsystem_relation_kind=view,foreign-table\"}')
               AND NOT EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                 WHERE a.grantee NOT IN (p.proowner, 'posemo'::regrole) OR a.is_grantable)
               AND has_function_privilege('posemo', p.oid, 'EXECUTE'))",
        );
        assert!(unsafe_ones.is_empty(), "{unsafe_ones:?}");
    }
    let count = server.superuser(
        "posemo",
        "SELECT count(*) FROM pg_proc WHERE pronamespace = 'posemo'::regnamespace",
    );
    assert!(count[0].parse::<u32>().unwrap() >= 11, "{count:?}");
}

/// The monitor role can call each function, and other statements fail.
fn the_monitor_can_only_call_functions(server: &Server) {
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
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ] {
        let answer = server.ask("posemo", "posemo", sql);
        assert!(answer.as_ref().is_err_and(|error| error.contains("42501")), "{sql}: {answer:?}");
    }
    server.superuser("posemo", "DROP TABLE public.secret; CREATE ROLE unrelated LOGIN");
    let refusal = server.ask("unrelated", "app", "SELECT * FROM posemo.sequence_usage()");
    assert!(refusal.is_err_and(|error| error.contains("42501")));
    let refusal = server.ask("unrelated", "posemo", "SELECT 1");
    assert!(
        refusal.is_err_and(|error| error.contains("permission denied")),
        "PUBLIC cannot connect to the home database"
    );
    server.superuser("posemo", "DROP ROLE unrelated");
}

/// The next installation reverts changes by hand.
fn changes_by_hand_are_reverted(server: &Server, installed: &[String]) {
    for change in [
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
        server.superuser("posemo", change);
        let output = server.install(&["--database", "app"]);
        assert!(!output.contains("nothing to change"), "{change}: {output}");
        assert_eq!(installed, footprint(server), "{change}");
    }
}

/// Earlier versions revoked this function from PUBLIC in the home database, so that a dump could not be restored in 17.
fn privileges_that_a_dump_cannot_restore_are_given_back(server: &Server) {
    let revoke = "DO 'BEGIN EXECUTE (SELECT string_agg(format(''REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC'',
        oid::regprocedure), ''; '') FROM pg_proc WHERE proname = ''pg_logical_emit_message''); END'";
    server.superuser("posemo", revoke);
    let closed = "SELECT count(*) FROM pg_proc WHERE proname = 'pg_logical_emit_message'
        AND NOT has_function_privilege('posemo', oid, 'EXECUTE')";
    assert_eq!(server.superuser("posemo", closed), ["2"]);
    let output = server.install(&["--database", "app"]);
    assert!(output.ends_with("installed: 1 change\n"), "{output}");
    assert_eq!(server.superuser("posemo", closed), ["0"]);
    let output = server.install(&["--database", "app"]);
    assert!(output.contains("nothing to change"), "{output}");
}

#[test]
fn installing_is_the_same_every_way() {
    need!("psql");
    every_way_has_the_same_result(&Server::bindir());
}

/// Refusals name the object and change nothing.
#[test]
fn objects_of_others_are_refused() {
    let server = Server::start(&ServerOptions::default());
    server.superuser("postgres", "CREATE DATABASE app; ");
    for (prepare, database, expected, undo) in [
        ("CREATE SCHEMA posemo", "app", "schema posemo exists and was not created by posemo", "DROP SCHEMA posemo"),
        ("CREATE ROLE posemo LOGIN SUPERUSER", "app", "role posemo exists and is more than a login role", "DROP ROLE posemo"),
        ("CREATE ROLE posemo_authid LOGIN", "app", "role posemo_authid exists and has more privileges", "DROP ROLE posemo_authid"),
        (
            "CREATE ROLE posemo_plain; GRANT pg_monitor TO posemo_plain",
            "app",
            "role posemo_plain exists and has more privileges",
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
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(expected) && error.contains("Nothing was changed"), "{error}");
        let after = server.superuser("postgres", FOOTPRINT.replace("'posemo'::regnamespace", "0").as_str());
        assert_eq!(before, after, "{prepare}");
        server.superuser(database, undo);
    }
    // If a later step refuses, the new home database is dropped.
    server.superuser("postgres", "CREATE ROLE posemo_stats SUPERUSER");
    let output = server.posemo(&["install", "-U", "postgres"]);
    assert_eq!(output.status.code(), Some(1));
    let left =
        server.superuser("postgres", "SELECT datname FROM pg_database WHERE datname = 'posemo'");
    assert!(left.is_empty(), "{left:?}");
}

/// A check is one folder. Without the folder, an installation with `--prune` drops its function.
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
    let text = server.install(&["--prune"]);
    assert!(text.contains("drop outdated functions"), "{text}");
    let output = server.posemo(&["check", "--checks", &checks, "second"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.starts_with("SECOND UNKNOWN - not installed in database posemo: run posemo install"),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(3));
}

/// Names with special characters, for every kind of object.
#[test]
fn names_with_special_characters_work() {
    let server = Server::start(&ServerOptions::default());
    let database = "o'\"$posemo$\\ \u{1b}é";
    let quoted = database.replace('"', "\"\"");
    server.superuser("postgres", &format!("CREATE DATABASE \"{quoted}\""));
    let names =
        ["--database", database, "--schema", "Pösemo's", "--monitor-role", "the \"monitor\""];
    let output = server.install(&names);
    assert!(output.contains("\\x1b"), "{output}");
    let again = server.install(&names);
    assert!(again.contains("nothing to change"), "{again}");
    let functions = "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'Pösemo''s'";
    let per_database = Catalog::embedded().checks().unwrap().into_iter().filter(|check| {
        check.has_query_of(Scope::Database)
            && check.servers.contains(server.major())
            && check.requires.is_none()
    });
    assert_eq!(server.superuser(database, functions), [per_database.count().to_string()]);
}
