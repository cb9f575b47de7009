//! A history on a PostgreSQL server: its installation, what its role may do, one node, and the copy of a file.

use posemo::history::server::tables::VERSION;
use serde_json::Value;

use super::shared_limits::nodes_write_at_the_same_time;
use super::{EVERY_SECOND, Serving, evidence, server, target};
use crate::server::{Server, program};

/// The settings of a history on a server.
pub(crate) fn stored_on(server: &Server, lease: &str) -> String {
    let (socket, port) = (server.0.socket().display(), server.0.port());
    format!("[history]\nstore = \"postgres:host={socket} port={port}\"\nlease = \"{lease}\"\n")
}

/// Installs the tables.
pub(crate) fn install_history(server: &Server) -> String {
    let output = history(server, &["install", "-U", "postgres"]);
    assert!(output.1.is_empty(), "{output:?}");
    output.0
}

/// Runs `posemo history`. Returns the output and the errors.
fn history(server: &Server, arguments: &[&str]) -> (String, String) {
    let mut command = program();
    command.arg("history").args(&arguments[..1]).args(server.connection()).args(&arguments[1..]);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// What the role may not do, in any database.
const REFUSED: [&str; 22] = [
    "CREATE TABLE posemo_history.more (a int)",
    "CREATE TABLE public.more (a int)",
    "CREATE TEMPORARY TABLE more (a int)",
    "CREATE SCHEMA more",
    "CREATE FUNCTION public.more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE ROLE more",
    "CREATE DATABASE more",
    "CREATE EXTENSION pg_stat_statements SCHEMA pg_catalog",
    "UPDATE posemo_history.change SET summary = ''",
    "UPDATE posemo_history.act SET who = ''",
    "INSERT INTO posemo_history.chain DEFAULT VALUES",
    "DELETE FROM posemo_history.chain",
    "UPDATE posemo_history.sample SET data = ''",
    "UPDATE posemo_history.version SET number = 99",
    "INSERT INTO posemo_history.version VALUES (true, 99)",
    "TRUNCATE posemo_history.change",
    "ALTER TABLE posemo_history.change DISABLE TRIGGER ALL",
    "DROP TABLE posemo_history.latest",
    "CREATE TRIGGER t BEFORE INSERT ON posemo_history.act EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()",
    "SELECT rolpassword FROM pg_catalog.pg_authid",
    "SELECT pg_catalog.pg_read_file('PG_VERSION')",
    "COPY posemo_history.act TO PROGRAM 'cat'",
];

#[test]
fn the_role_of_a_shared_history_can_only_keep_it_on_a_server() {
    let server = server();
    // A role with too many privileges is refused before anything is created.
    server.superuser("postgres", "CREATE ROLE posemo_history CREATEDB");
    let (_, error) = history(&server, &["install", "-U", "postgres"]);
    assert!(error.contains("has CREATEDB") && error.contains("Nothing was changed"), "{error}");
    let databases =
        "SELECT datname::text FROM pg_catalog.pg_database WHERE datname = 'posemo_history'";
    assert_eq!(server.superuser("postgres", databases), [""; 0]);
    server.superuser("postgres", "DROP ROLE posemo_history");
    let text = install_history(&server);
    assert!(text.starts_with("created the database, and installed"), "{text}");
    assert!(text.contains("The role has no password: psql"), "{text}");
    server.superuser("postgres", "ALTER ROLE posemo_history PASSWORD 'secret'");
    let again = install_history(&server);
    assert!(again.contains(&format!("has version {VERSION}")), "{again}");
    assert!(!again.contains("password: psql") && !again.contains("sets one"), "{again}");
    let ask = |sql: &str| server.ask("posemo_history", "posemo_history", sql);
    for sql in REFUSED {
        let error = ask(sql).expect_err(sql);
        assert!(error.contains("42501") || error.contains("428C9"), "{sql}: {error}");
    }
    nodes_write_at_the_same_time(&server);
    for table in
        ["node", "written", "target", "latest", "change", "act", "silence", "sample", "watched"]
    {
        ask(&format!("DELETE FROM posemo_history.{table}")).unwrap();
    }
    let owned = "SELECT count(*)::text FROM pg_catalog.pg_shdepend d JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid
        WHERE r.rolname = 'posemo_history' AND d.deptype = 'o'";
    assert_eq!(server.superuser("posemo_history", owned), ["0"]);
    // Other roles see nothing of it.
    for sql in ["SELECT * FROM posemo_history.act", "SELECT 1"] {
        assert!(server.ask("posemo", "posemo_history", sql).is_err(), "{sql}");
    }

    let refused = |change: &str, back: &str, expected: &str| {
        server.superuser("posemo_history", change);
        let (_, error) = history(&server, &["install", "-U", "postgres"]);
        assert!(error.contains(expected), "{change}: {error}");
        server.superuser("posemo_history", back);
    };
    let role = |attribute: &str| format!("ALTER ROLE posemo_history {attribute}");
    refused(&role("CREATEDB"), &role("NOCREATEDB"), "role posemo_history has CREATEDB");
    refused(
        "GRANT pg_read_all_stats TO posemo_history",
        "REVOKE pg_read_all_stats FROM posemo_history",
        "is a member of role pg_read_all_stats",
    );
    let number = |number: i64| format!("UPDATE posemo_history.version SET number = {number}");
    refused(&number(VERSION + 1), &number(VERSION), "use the newer posemo");
    let owner = |name: &str| format!("ALTER SCHEMA posemo_history OWNER TO {name}");
    refused(&owner("posemo"), &owner("postgres"), "belongs to role posemo");

    // A password in the settings is refused before the start.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("posemo.toml");
    std::fs::write(&file, "[history]\nstore = \"postgres:host=a password=b\"\n").unwrap();
    let checked = program().args(["config", "check"]).arg(&file).output().unwrap();
    let text = String::from_utf8(checked.stdout).unwrap();
    assert!(text.contains("error: store in [history]: ") && text.contains("password"), "{text}");

    let printed = program().args(["history", "install", "--print"]).output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    server.superuser("postgres", "CREATE DATABASE printed ENCODING 'UTF8' TEMPLATE template0");
    server.superuser("printed", &printed);
    let version = "SELECT number::text FROM posemo_history.version";
    assert_eq!(server.ask("posemo_history", "printed", version).unwrap(), [VERSION.to_string()]);
}

/// The changes of all targets, without their numbers.
fn changes(serving: &Serving) -> Vec<Value> {
    let mut page = serving.json("/api/1/changes?limit=1000");
    let changes = page["changes"].as_array_mut().unwrap();
    for change in changes.iter_mut() {
        change["seq"] = Value::Null;
    }
    std::mem::take(changes)
}

#[test]
fn a_history_moves_from_a_file_to_tables_on_a_server() {
    let server = server();
    server.superuser("postgres", "CREATE ROLE intern LOGIN SUPERUSER");
    let settings = format!("{EVERY_SECOND}{}", target("db1", &server));
    let directory = tempfile::tempdir().unwrap();
    let mut serving = Serving::within(&directory, &settings, &[], &[]);
    serving.ready();
    serving.until("the problem is known", || serving.state("db1", "superusers") == "warning");
    let silence = "/api/1/silence?target=db1&check=superusers&for=2h&by=anna&why=known";
    assert_eq!(serving.post(silence).status, 200);
    serving.until("the change is written", || changes(&serving).len() == 1);
    let (before, acts) = (changes(&serving), serving.json("/api/1/acts"));
    serving.signal("-TERM");
    assert_eq!(serving.ended(), Some(0));

    // Without tables it watches nothing, and reports why.
    let on_server = format!("{settings}{}", stored_on(&server, "2s"));
    let waiting = Serving::start(&on_server);
    waiting.until("the reason is shown", || {
        waiting.log().contains("database \"posemo_history\" does not exist")
            || waiting.log().contains("role \"posemo_history\" does not exist")
    });
    assert_eq!(waiting.get("/-/ready").status, 503);
    let file = directory.path().join("posemo/history.db").display().to_string();
    install_history(&server);
    let (_, text) = evidence::verify(directory.path(), &["--store", &file]);
    let noted = evidence::head(&text);
    let copy = || history(&server, &["copy", "--from", &file]);
    waiting.ready();
    let (_, error) = copy();
    assert!(error.contains("a node uses the tables"), "{error}");
    drop(waiting);
    server.superuser(
        "posemo_history",
        "DELETE FROM posemo_history.node; DELETE FROM posemo_history.target; DELETE FROM posemo_history.latest;
         DELETE FROM posemo_history.change; DELETE FROM posemo_history.act; DELETE FROM posemo_history.sample;
         DELETE FROM posemo_history.watched",
    );
    let (text, error) = copy();
    assert!(text.contains("change   1\n") && text.contains("silence  1\n"), "{text}{error}");
    let (_, error) = copy();
    assert!(error.contains("table latest on the server is not empty"), "{error}");

    let serving = Serving::start(&on_server);
    serving.ready();
    assert_eq!(changes(&serving), before);
    assert_eq!(serving.json("/api/1/acts")["acts"][0]["what"], acts["acts"][0]["what"]);
    let silences = serving.json("/api/1/silences").to_string();
    assert!(silences.contains("anna"), "{silences}");
    assert_eq!(serving.state("db1", "superusers"), "ok", "it is silenced");
    server.superuser("postgres", "DROP ROLE intern");
    serving.until("the end is written", || changes(&serving).len() == 2);
    assert_eq!(serving.sample("posemo_history_up"), Some(1.0));

    // The chain of the file goes on, also with the hash that was noted before.
    let page = serving.text("/evidence");
    assert!(page.contains("verified</span>") && page.contains("anna"), "{page}");
    let watched = serving.text("/evidence.csv?table=watched");
    assert!(watched.contains("\"db1\",\"superusers\","), "{watched}");
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
    assert_eq!(serving.get(&format!("/report?at={now}")).status, 200);
    let (code, text) = evidence::verify(&serving.folder, &["--head", &noted]);
    assert!(code == 0 && text.contains("verified, head "), "{text}");
    server
        .superuser("posemo_history", "UPDATE posemo_history.change SET at = at + 1 WHERE seq = 1");
    let store = format!("postgres:host={} port={}", server.0.socket().display(), server.0.port());
    let (code, text) = evidence::verify(&serving.folder, &["--store", &store]);
    assert!(code == 1 && text.contains("change 1 of "), "{text}");
    for page in ["/evidence", "/", "/history", "/about", "/targets/db1", "/history.csv"] {
        assert_eq!(serving.get(page).status, 200, "{page}");
    }
}
