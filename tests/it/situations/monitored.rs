//! Databases that should be monitored and are not, and databases that cannot be.

use std::path::Path;
use std::process::Output;

use posemo::finding::State;

use super::{server, text};
use crate::catalog::Folder;
use crate::server::{FEW, Server};

/// A profile with the checks that are installed.
fn profile() -> Folder {
    let names = FEW.split(',').map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let folder = Folder::new("few");
    folder.write("few.toml", &format!("summary = \"Few checks\"\ninclude = [{names}]\n"));
    folder
}

/// Runs the checks that are installed.
fn run_few(server: &Server, arguments: &[&str]) -> Output {
    let folder = profile();
    let profile = folder.path().join("few.toml").display().to_string();
    server.posemo(&[&["run", "--profile", &profile], arguments].concat())
}

/// The exit code and the lines of a run that are not OK.
fn run(server: &Server, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run_few(server, &[&["--output", "nagios"], arguments].concat());
    (output.status.code(), text(&output))
}

/// posemo's own report on the databases of a server.
fn own_report(server: &Server) -> serde_json::Value {
    let json = run_few(server, &["--output", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let checks = report["targets"][0]["checks"].as_array().unwrap();
    checks.iter().find(|check| check["check"] == "posemo").unwrap().clone()
}

/// A database that was created after the installation of all databases is a WARNING, until it has an installation. Where
/// databases were named, others are not reported, but a named one that lost its installation is.
pub(super) fn new_database_is_reported(bindir: &Path) {
    let server = server(bindir, &[]);
    server.superuser("postgres", "CREATE DATABASE app");
    server.install_few(&["--database", "app", "--database", "postgres"]);
    server.superuser("postgres", "CREATE DATABASE later");
    assert_eq!(run(&server, &[]).0, Some(0), "later was not named");
    server.superuser("postgres", "DROP DATABASE app");
    assert_eq!(run(&server, &[]).0, Some(0), "a database that was dropped needs no checks");
    server.superuser("postgres", "CREATE DATABASE app");
    let (code, report) = run(&server, &[]);
    assert!(code == Some(1) && report.contains("database app is not monitored"), "{report}");

    server.install_few(&["--all-databases"]);
    assert_eq!(run(&server, &[]).0, Some(0));
    server.superuser("postgres", "CREATE DATABASE newest");
    for user in ["posemo", "postgres"] {
        let (code, report) = run(&server, &["-U", user]);
        assert!(code == Some(1) && report.contains("database newest is not monitored"), "{report}");
    }
    let own = own_report(&server);
    assert_eq!(own["findings"].as_array().unwrap().len(), 1, "{own}");
    assert_eq!(own["findings"][0]["object"], "newest");
    assert_eq!(own["state"], State::Warning.name());
    // A plugin call and a selection report only their checks.
    assert_eq!(server.posemo(&["check", "sequence_usage"]).status.code(), Some(0));
    assert_eq!(run(&server, &["--check", "sequence_usage"]).0, Some(0));
    server.install_few(&["--all-databases"]);
    assert_eq!(run(&server, &[]).0, Some(0));
    // The report still exists, so that an alert ends.
    assert_eq!(own_report(&server)["state"], State::Ok.name());
    let verified = server.posemo(&["verify", "-U", "postgres", "--quiet", "--check", FEW]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified));
}

/// With `databases` in the settings of a target, these are monitored and reported, and no others.
pub(super) fn listed_databases_are_monitored(bindir: &Path) {
    let server = server(bindir, &[]);
    for database in ["app", "shop_1", "shop_2", "other"] {
        server.superuser("postgres", &format!("CREATE DATABASE {database}"));
        server.superuser(
            database,
            "CREATE SEQUENCE nearly MAXVALUE 100; SELECT setval('nearly', 99)",
        );
    }
    server.install_few(&["--database", "app", "--database", "shop_1", "--database", "other"]);
    let folder = Folder::new("listed");
    let settings = |databases: &str, more: &str| {
        folder.write("posemo.toml", &format!("[defaults]\ndatabases = {databases}\n{more}"));
        folder.path().join("posemo.toml").display().to_string()
    };
    let config = settings("['app', 'shop_*', 'gone']", "");
    let (code, report) = run(&server, &["--config", &config]);
    assert_eq!(code, Some(2), "{report}");
    for (expected, is_there) in [
        ("(app) public.nearly", true),
        ("(shop_1) public.nearly", true),
        ("(other)", false),
        ("database shop_2 is not monitored, because no checks are installed there", true),
        ("database gone is not monitored, because the server has no such database", true),
    ] {
        assert_eq!(report.contains(expected), is_there, "{expected}\n{report}");
    }
    let plugin = server.posemo(&["check", "sequence_usage", "--config", &config]);
    assert!(
        plugin.status.code() == Some(2) && !text(&plugin).contains("'other"),
        "{}",
        text(&plugin)
    );
    // Objects by pattern, in some databases; a pattern that matches nothing is a remark.
    let rules = "[checks.sequence_usage.objects]\n'public.near*' = { databases = ['shop_*'], enabled = false }\n\
                 'public.seq_*' = { enabled = false }\n";
    let config = settings("['app', 'shop_1']", rules);
    let (code, report) = run(&server, &["--config", &config]);
    assert!(code == Some(2) && report.contains("(app) public.nearly"), "{report}");
    assert!(!report.contains("(shop_1) public.nearly"), "{report}");
    let remark = "the setting checks.sequence_usage.objects.\"public.seq_*\" matches no object";
    let json = run_few(&server, &["--output", "json", "--config", &config]);
    let json = text(&json).replace("\\\"", "\"");
    assert!(json.contains(remark), "{json}");
    assert!(!json.contains("near*\" matches"), "{json}");
    let config = settings("['shop_1']", rules);
    let (code, report) = run(&server, &["--config", &config]);
    assert_eq!(code, Some(0), "{report}");
}

/// After a restore without owners and privileges, a run and verify report the database, and an installation takes the
/// functions over. A function with another text is refused.
pub(super) fn restored_copy_is_taken_over(bindir: &Path) {
    let server = server(bindir, &[]);
    server.superuser("postgres", "CREATE DATABASE app");
    server.install_few(&["--all-databases"]);
    // What a restore leaves: the owner is the role that restores, and PUBLIC can execute the functions.
    for change in [
        "DO $$ DECLARE f regprocedure; BEGIN
           FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'posemo'::regnamespace LOOP
             EXECUTE format('ALTER FUNCTION %s OWNER TO postgres', f);
             EXECUTE format('REVOKE ALL ON FUNCTION %s FROM posemo', f);
             EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', f);
           END LOOP;
         END $$",
        "ALTER SCHEMA posemo OWNER TO postgres",
        "REVOKE ALL ON SCHEMA posemo FROM posemo",
        "REVOKE CONNECT ON DATABASE app FROM posemo",
    ] {
        server.superuser("app", change);
    }
    let (code, report) = run(&server, &[]);
    assert!(code == Some(1) && report.contains("database app is not monitored"), "{report}");
    for user in ["posemo", "postgres"] {
        let verified = server.posemo(&["verify", "-U", user, "--check", FEW]);
        let report = text(&verified);
        let words = report.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("database app: no checks are installed there"), "{report}");
        assert_eq!(verified.status.code(), Some(1), "{report}");
    }
    server.install_few(&["--all-databases"]);
    assert_eq!(run(&server, &[]).0, Some(0));
    let unsafe_functions =
        "SELECT count(*) FROM pg_proc WHERE pronamespace = 'posemo'::regnamespace
        AND (proowner = 10 OR has_function_privilege('public', oid, 'EXECUTE'))";
    assert_eq!(server.superuser("app", unsafe_functions), ["0"]);
    let verified = server.posemo(&["verify", "-U", "postgres", "--quiet", "--check", FEW]);
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified));

    for change in [
        "ALTER FUNCTION posemo.sequence_usage(bigint) OWNER TO postgres",
        "UPDATE pg_proc SET prosrc = prosrc || ' ' WHERE oid = 'posemo.sequence_usage(bigint)'::regprocedure",
    ] {
        server.superuser("app", change);
    }
    let output = server.posemo(&["install", "-U", "postgres", "--all-databases", "--check", FEW]);
    assert!(text(&output).contains("is not part of posemo"), "{}", text(&output));
}

/// A database that allows no connections is left out and mentioned once; an installation of all databases succeeds.
pub(super) fn closed_database_is_left_out(bindir: &Path) {
    let server = server(bindir, &[]);
    server.superuser("postgres", "CREATE DATABASE closed");
    server.superuser("postgres", "CREATE DATABASE limited");
    server.install_few(&["--all-databases"]);
    server.superuser("postgres", "ALTER DATABASE closed ALLOW_CONNECTIONS false");
    server.superuser("postgres", "ALTER DATABASE limited CONNECTION LIMIT 0");
    server.superuser("postgres", "CREATE DATABASE never ALLOW_CONNECTIONS false");
    for user in ["posemo", "postgres"] {
        let output = run_few(&server, &["-U", user, "-v"]);
        let report = text(&output);
        assert_eq!(output.status.code(), Some(0), "{report}");
        for name in ["closed", "limited"] {
            let line = format!("database {name} allows no connections");
            assert_eq!(report.matches(&line).count(), 1, "{report}");
        }
        assert!(!report.contains("database never allows"), "{report}");
    }
    let output = server.install_few(&["--all-databases"]);
    assert!(output.starts_with("nothing to change"), "{output}");
    // A check whose only databases are closed.
    server.superuser("postgres", "DROP DATABASE limited");
    let output = server.posemo(&["uninstall", "-U", "postgres", "--database", "postgres"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    for name in ["table_bloat", "sequence_usage"] {
        let report = text(&server.posemo(&["check", name]));
        assert!(report.contains("Databases that allow none: closed"), "{report}");
    }
}

/// A superuser that runs the checks gets the databases of the monitor role.
pub(super) fn superuser_gets_the_same_report(bindir: &Path) {
    let server = server(bindir, &[]);
    server.superuser("postgres", "CREATE DATABASE app");
    server.install(&["--database", "app"]);
    let names = |user: &str| {
        let output = server.posemo(&["run", "-U", user, "--output", "json"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let checks = report["targets"][0]["checks"].as_array().unwrap().clone();
        let name =
            |check: &serde_json::Value| (check["check"].to_string(), check["database"].to_string());
        (output.status.code(), checks.iter().map(name).collect::<Vec<_>>())
    };
    let monitor = names("posemo");
    assert_eq!(monitor, names("postgres"));
    assert!(
        monitor.1.contains(&("\"sequence_usage\"".to_owned(), "\"app\"".to_owned())),
        "{monitor:?}"
    );
    // Another role with privileges on the schema does not hide databases from the monitor role.
    server.superuser(
        "posemo",
        "CREATE ROLE auditor LOGIN; GRANT CONNECT ON DATABASE posemo TO auditor",
    );
    let order = "REVOKE USAGE ON SCHEMA posemo FROM posemo; GRANT USAGE ON SCHEMA posemo TO auditor; \
                 GRANT USAGE ON SCHEMA posemo TO posemo";
    server.superuser("posemo", order);
    assert_eq!(names("posemo"), monitor);
    assert_eq!(names("postgres"), monitor);
}
