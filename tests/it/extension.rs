//! Checks that require an extension: installed where it is, in its schema, and not applicable elsewhere.
//!
//! On the server of this machine; the matrix runs the same on the other major versions.

use std::path::Path;

use posemo::catalog::Catalog;
use posemo::finding::State;
use posemo::finding::report::{CheckReport, Skip};
use posemo::tempserver::ServerOptions;

use crate::catalog::{Folder, README};
use crate::install::{footprint_in, run_script};
use crate::server::{Server, posemo};

/// A name that ends quotes which do not expect it.
const HOSTILE: &str = "x\"$posemo$';\\@extschema@ é";

/// The options of all installations: the other checks are not needed.
fn only(server: &Server) -> [&'static str; 2] {
    let all = ["--check", "alive,statement_load,statement_evictions"];
    if server.major() >= 14 { all } else { ["--check", "alive,statement_load"] }
}

/// A server whose library collects statistics.
fn server(bindir: &Path) -> Server {
    let library = ("shared_preload_libraries".to_owned(), "pg_stat_statements".to_owned());
    let bindir = Some(bindir.to_owned());
    Server::start(&ServerOptions { bindir, settings: vec![library], ..ServerOptions::default() })
}

/// The checks of this server's version that require the extension.
fn checks(major: u32) -> Vec<&'static str> {
    let all = ["statement_evictions", "statement_load"];
    all.into_iter().filter(|name| major >= 14 || *name == "statement_load").collect()
}

fn functions(server: &Server) -> Vec<String> {
    let query = "SELECT proname FROM pg_proc WHERE pronamespace = 'posemo'::regnamespace
        AND proname IN ('statement_load', 'statement_evictions') ORDER BY 1";
    server.superuser("posemo", query)
}

/// The output and the exit code of a verification.
fn verify(server: &Server, user: &str) -> (String, Option<i32>) {
    let output = server.posemo(&[&["verify", "-v", "-U", user], &only(server)[..]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    // The table breaks long lines.
    (text.split_whitespace().collect::<Vec<_>>().join(" "), output.status.code())
}

fn assert_verified(server: &Server) {
    for user in ["postgres", "posemo"] {
        let (text, code) = verify(server, user);
        assert_eq!(code, Some(0), "{user}: {text}");
    }
}

/// A verification finds this, its fix removes it, and the checks run.
fn assert_repaired(server: &Server, found: &str, fix: Option<&str>, major: u32) {
    let (text, code) = verify(server, "postgres");
    assert!(text.contains(found) && code != Some(0), "{found}: {text}");
    if let Some(fix) = fix {
        assert!(text.contains(fix), "{fix}: {text}");
        server.superuser("posemo", fix);
    }
    let output = server.install(&only(server));
    assert_verified(server);
    assert_eq!(functions(server), checks(major), "{output}");
    for report in run(server) {
        assert_eq!((report.skipped, report.state()), (None, State::Ok), "{report:#?}");
    }
}

/// The reports of the checks, without those of other versions.
fn run(server: &Server) -> Vec<CheckReport> {
    let catalog = Catalog::embedded();
    let wanted = catalog.matching("statement_load").unwrap().into_iter();
    let wanted = wanted.chain(catalog.matching("statement_evictions").unwrap());
    let checks: Vec<_> = wanted.map(std::rc::Rc::new).collect();
    let report = server.run(&checks).targets.remove(0);
    assert_eq!(report.error, None);
    let mine = report.checks.into_iter().filter(|report| report.check.starts_with("statement_"));
    mine.filter(|report| report.skipped != Some(Skip::Version)).collect()
}

pub(crate) fn suite(bindir: &Path, major: u32) {
    let server = server(bindir);
    missing(&server, major);
    hostile_schema(&server, major);
    moved(&server, major);
    opened(&server, major);
    impostor(&server, major);
    dependency(&server, major);
    old_version(&server, major);
    dropped(&server, major);
    own_check(&server);
    removed(&server);
}

/// Without the extension nothing is installed and nothing is wrong.
fn missing(server: &Server, major: u32) {
    let output = server.install(&only(server));
    let reason = format!(
        "left out: {}: database posemo has no extension pg_stat_statements; run CREATE EXTENSION pg_stat_statements in database posemo, then posemo install",
        checks(major).join(", ")
    );
    assert!(output.contains(&reason), "{output}");
    assert!(functions(server).is_empty());
    assert_verified(server);
    for report in run(server) {
        assert_eq!((report.skipped, &report.error), (Some(Skip::Extension), &None));
        let advice = "run CREATE EXTENSION pg_stat_statements there";
        assert!(report.summary.contains(advice), "{}", report.summary);
        assert!(report.summary.starts_with("not applicable: "), "{}", report.summary);
    }
    // Statistics of other databases do not matter, and an ordinary installation does not repeat the reason.
    server.superuser("postgres", "CREATE EXTENSION pg_stat_statements");
    let output = server.install(&[&only(server)[..], &["--quiet"]].concat());
    assert_eq!(output, "");
    assert!(functions(server).is_empty());
    server.superuser("postgres", "DROP EXTENSION pg_stat_statements");
}

/// The schema is a quoted identifier in the function, whatever its name is.
fn hostile_schema(server: &Server, major: u32) {
    let session = server.session("postgres", "posemo");
    let name = format!("\"{}\"", HOSTILE.replace('"', "\"\""));
    session.ask(&format!("CREATE SCHEMA {name}")).unwrap();
    session.ask(&format!("CREATE EXTENSION pg_stat_statements SCHEMA {name}")).unwrap();
    let dry = server.install(&[&only(server)[..], &["--dry-run"]].concat());
    assert!(dry.contains("would create function posemo.statement_load in database posemo"));
    let output = server.install(&only(server));
    assert!(!output.contains("left out"), "{output}");
    assert_eq!(functions(server), checks(major));
    assert_verified(server);
    let again = server.install(&only(server));
    assert_eq!(again, "nothing to change: everything is installed as expected\n");
    let reports = run(server);
    assert_eq!(reports.len(), checks(major).len());
    let load = reports.iter().find(|report| report.check == "statement_load").unwrap();
    let metric = |name: &str| load.metrics.iter().any(|metric| metric.name.contains(name));
    assert!(metric("calls") && metric("time") && metric("rows"), "{load:#?}");
    assert_eq!(metric("wal"), major >= 13, "{load:#?}");
    assert_eq!(load.state(), State::Ok, "{load:#?}");
    let body = session.ask("SELECT prosrc FROM pg_proc WHERE proname = 'statement_load'").unwrap();
    assert!(body[0].contains(&format!("FROM {name}.pg_stat_statements(false) AS s")), "{body:?}");
    // psql creates the same function.
    let installed = footprint_in(server, &["posemo"]);
    session.ask("DROP FUNCTION posemo.statement_load(bigint)").unwrap();
    let version = server.version().to_owned();
    let arguments = ["install", "--print", "--server-version", &version];
    let output = posemo(&[&arguments[..], &only(server)].concat());
    run_script(server, &String::from_utf8(output.stdout).unwrap());
    assert_eq!(footprint_in(server, &["posemo"]), installed);
    assert_verified(server);
}

/// `ALTER EXTENSION … SET SCHEMA`: the function calls nothing, and its owner loses its privilege on the old schema.
fn moved(server: &Server, major: u32) {
    server.superuser("posemo", "ALTER EXTENSION pg_stat_statements SET SCHEMA public");
    for report in run(server) {
        let error = report.error.unwrap_or_default();
        assert!(error.contains("run posemo install again"), "{error}");
    }
    let (text, _) = verify(server, "postgres");
    assert!(text.contains("it has USAGE on SCHEMA \"x\"\"$posemo$"), "{text}");
    let found = "its body differs from the one in this catalog, for extension pg_stat_statements in schema public";
    assert!(text.contains(found), "{text}");
    server.install(&only(server));
    let (text, _) = verify(server, "postgres");
    assert!(text.contains("DROP SCHEMA \"x") && !text.contains("USAGE"), "{text}");
    server.superuser("posemo", &format!("DROP SCHEMA \"{}\"", HOSTILE.replace('"', "\"\"")));
    assert_verified(server);
    assert_eq!(functions(server), checks(major));
}

/// Where another role could create a function that fits the call, the check is not installed.
fn opened(server: &Server, major: u32) {
    server.superuser("posemo", "CREATE ROLE mallory; GRANT CREATE ON SCHEMA public TO mallory");
    let found = "role mallory can create functions in schema public of extension pg_stat_statements in database posemo";
    let (text, code) = verify(server, "postgres");
    assert!(text.contains(found) && code == Some(2), "{text}");
    let output = server.install(&[&only(server)[..], &["--quiet"]].concat());
    let fix = "REVOKE CREATE ON SCHEMA public FROM mallory CASCADE";
    assert!(output.contains("left out: ") && output.contains(found), "{output}");
    assert!(output.contains(&format!("run {fix} in database posemo")), "{output}");
    assert!(functions(server).is_empty());
    for report in run(server) {
        assert_eq!((report.skipped, &report.error), (Some(Skip::Extension), &None));
    }
    assert_repaired(server, found, Some(fix), major);
    server.superuser("posemo", "ALTER SCHEMA public OWNER TO mallory");
    let found = "schema public of extension pg_stat_statements in database posemo belongs to role mallory, which is not a superuser";
    assert_repaired(server, found, Some("ALTER SCHEMA public OWNER TO CURRENT_USER"), major);
}

/// A function of the same name in the schema of the extension, and one of the extension that another role can replace.
fn impostor(server: &Server, major: u32) {
    let create = "CREATE FUNCTION public.pg_stat_statements(boolean, integer DEFAULT 1) RETURNS integer LANGUAGE sql AS 'SELECT 1'";
    server.superuser("posemo", create);
    let found = "function public.pg_stat_statements(boolean,integer) is not part of extension pg_stat_statements";
    let fix = "DROP FUNCTION public.pg_stat_statements(boolean,integer)";
    assert_repaired(server, found, Some(fix), major);
    server
        .superuser("posemo", "ALTER FUNCTION public.pg_stat_statements(boolean) OWNER TO mallory");
    let found = "function public.pg_stat_statements(boolean) of extension pg_stat_statements in database posemo does not belong to a superuser";
    let fix = "DROP EXTENSION pg_stat_statements; CREATE EXTENSION pg_stat_statements";
    assert_repaired(server, found, Some(fix), major);
}

/// Without the dependency the function would survive `DROP EXTENSION`.
fn dependency(server: &Server, major: u32) {
    if major >= 13 {
        let change = "ALTER FUNCTION posemo.statement_load(bigint) NO DEPENDS ON EXTENSION pg_stat_statements";
        server.superuser("posemo", change);
        let found = "it does not depend on extension pg_stat_statements, whose functions it calls";
        let fix =
            "ALTER FUNCTION posemo.statement_load(bigint) DEPENDS ON EXTENSION pg_stat_statements";
        assert_repaired(server, found, Some(fix), major);
    }
    server.superuser("posemo", "REVOKE USAGE ON SCHEMA public FROM posemo_stats");
    let found = "its owner has no USAGE on schema public";
    assert_repaired(server, found, Some("GRANT USAGE ON SCHEMA public TO posemo_stats"), major);
    server.superuser("posemo", "REVOKE USAGE ON SCHEMA public FROM posemo_stats");
    assert_repaired(server, found, None, major);
}

/// An upgrade of the server leaves the old version of the extension, with other columns.
fn old_version(server: &Server, major: u32) {
    server.superuser("posemo", "DROP EXTENSION pg_stat_statements");
    assert!(functions(server).is_empty(), "they are dropped with the extension");
    server.superuser("posemo", "CREATE EXTENSION pg_stat_statements VERSION '1.4'");
    let output = server.install(&only(server));
    let found = "extension pg_stat_statements of database posemo has version 1.4, and version ";
    assert!(output.contains(found), "{output}");
    let fix =
        "run ALTER EXTENSION pg_stat_statements UPDATE in database posemo, then posemo install";
    assert!(output.contains(fix), "{output}");
    let (text, code) = verify(server, "postgres");
    assert!(text.contains(found) && code == Some(0), "{text}");
    for report in run(server) {
        assert_eq!((report.skipped, &report.error), (Some(Skip::Extension), &None));
    }
    server.superuser("posemo", "ALTER EXTENSION pg_stat_statements UPDATE");
    let (text, code) = verify(server, "postgres");
    assert!(text.contains("is missing") && code == Some(1), "{text}");
    server.install(&only(server));
    assert_eq!(functions(server), checks(major));
    assert_verified(server);
}

/// After `DROP EXTENSION` the owner role has a privilege that it no longer needs.
fn dropped(server: &Server, major: u32) {
    server.superuser("posemo", "DROP EXTENSION pg_stat_statements");
    assert!(functions(server).is_empty());
    let (text, _) = verify(server, "postgres");
    assert!(text.contains("it has USAGE on SCHEMA public"), "{text}");
    server.install(&only(server));
    assert_verified(server);
    for report in run(server) {
        assert_eq!((report.skipped, &report.error), (Some(Skip::Extension), &None));
    }
    server.superuser("posemo", "CREATE EXTENSION pg_stat_statements");
    server.install(&only(server));
    assert_eq!(functions(server), checks(major));
}

/// A check of a user runs in the databases with its extension, and its script judges these.
fn own_check(server: &Server) {
    for database in ["app", "sales"] {
        server.superuser("postgres", &format!("CREATE DATABASE {database}"));
    }
    let create = "CREATE SCHEMA ext; GRANT USAGE ON SCHEMA ext TO PUBLIC; CREATE EXTENSION pg_stat_statements SCHEMA ext";
    server.superuser("app", create);
    let folder = Folder::new("extension-own");
    let manifest = "summary = \"Calls\"\nscope = \"database\"\nowner = \"stats\"\nrequires = \"pg_stat_statements\"\n\n[columns.calls]\ntype = \"bigint\"\n";
    let query = "SELECT CAST(sum(s.calls) AS bigint) AS calls FROM @extschema@.pg_stat_statements(false) AS s";
    let script = "def check_context(docs, context):\n    return [{\"severity\": \"warning\", \"summary\": \"in \" + \", \".join(docs[0].keys())}]\n";
    folder.write("zz_calls/check.toml", manifest);
    folder.write("zz_calls/query.sql", query);
    folder.write("zz_calls/evaluate.star", script);
    folder.write("zz_calls/README.md", README);
    let checks = folder.path().display().to_string();
    let options = ["--checks", &checks, "--check", "zz_calls"];
    let databases = ["--database", "app", "--database", "sales"];
    let output = server.install(&[&databases[..], &options].concat());
    let reason = "left out: zz_calls: database sales has no extension pg_stat_statements; run CREATE EXTENSION";
    assert!(output.contains(reason), "{output}");
    let named = "SELECT proname FROM pg_proc WHERE proname = 'zz_calls'";
    let has = |database| !server.superuser(database, named).is_empty();
    assert!(has("app") && !has("sales") && !has("posemo"));
    let run = || {
        let output = server.posemo(&[&["run"], &options[..]].concat());
        String::from_utf8(output.stdout).unwrap()
    };
    let text = run();
    assert!(text.contains("in app") && text.contains("1 service: 1 WARNING"), "{text}");
    server.superuser("app", "DROP EXTENSION pg_stat_statements");
    let text = run();
    assert!(text.contains("1 service: 1 not applicable"), "{text}");
    // Without the key the linter refuses the function.
    server.superuser("app", "CREATE EXTENSION pg_stat_statements SCHEMA ext");
    folder
        .write("zz_calls/check.toml", &manifest.replace("requires = \"pg_stat_statements\"\n", ""));
    let refused = || {
        let install = [&["install", "-U", "postgres"], &databases[..], &options].concat();
        let output = server.posemo(&install);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let text = refused();
    assert!(text.contains("@extschema@ requires the name of an extension"), "{text}");
    folder.write("zz_calls/query.sql", &query.replace("@extschema@", "ext"));
    // It is linted in the database of the connection.
    let text = refused();
    assert!(text.contains("[unknown_name]"), "{text}");
    server
        .superuser("postgres", "CREATE SCHEMA ext; CREATE EXTENSION pg_stat_statements SCHEMA ext");
    let text = refused();
    assert!(text.contains("belongs to the extension pg_stat_statements"), "{text}");
    assert!(text.contains("write @extschema@ for its schema [function]"), "{text}");
    server.superuser("postgres", "DROP SCHEMA ext CASCADE");
    server.superuser("postgres", "DROP DATABASE app");
    server.superuser("postgres", "DROP DATABASE sales");
}

/// The home database is dropped with the extension; another database keeps it.
fn removed(server: &Server) {
    let output = server.posemo(&["uninstall", "-U", "postgres"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let left = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'posemo%' UNION ALL SELECT datname FROM pg_database WHERE datname = 'posemo'";
    assert!(server.superuser("postgres", left).is_empty());
    server.superuser("postgres", "CREATE DATABASE own");
    server.superuser("own", "REVOKE ALL ON SCHEMA public FROM PUBLIC");
    server.superuser("own", "CREATE EXTENSION pg_stat_statements");
    server.install(&[&only(server)[..], &["--home", "own"]].concat());
    let granted = "SELECT 1 FROM pg_namespace, aclexplode(nspacl) AS a WHERE nspname = 'public' AND a.grantee = 'posemo_stats'::regrole";
    assert_eq!(server.superuser("own", granted).len(), 1);
    let output = server.posemo(&["uninstall", "-U", "postgres", "--home", "own"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(server.superuser("postgres", left).is_empty());
    let extension = "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'";
    assert_eq!(server.superuser("own", extension), ["pg_stat_statements"]);
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
