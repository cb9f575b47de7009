//! Checks that judge a document: what a document can contain, and how its findings reach the reports.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use posemo::catalog::Catalog;
use posemo::settings::Settings;
use serde_json::{Value, json};

use crate::catalog::{Folder, README};
use crate::server::{POSEMO, posemo};

/// A check without a script: the document has the rows.
const PLAIN: &str = "summary = \"Used space\"\ndocument = \"space\"\n\n[columns.name]\ntype = \"text\"\nrole = \"object\"\n\n\
                     [columns.used]\ntype = \"double precision\"\nunit = \"percent\"\n\n[thresholds.used]\nwarning = \"80\"\n";

/// The files of the check `space`.
pub(crate) fn check_of_space() -> [(&'static str, &'static str); 2] {
    [("check.toml", PLAIN), ("README.md", README)]
}

/// A folder with the check `space`.
fn checks(name: &str) -> Folder {
    let folder = Folder::new(name);
    for (file, text) in check_of_space() {
        folder.write(&format!("checks/space/{file}"), text);
    }
    folder
}

/// Runs the check on a document, and returns the exit code and the first line.
fn check(folder: &Folder, document: &str) -> (i32, String) {
    let checks = folder.path().join("checks").display().to_string();
    let path = folder.path().join(document).display().to_string();
    let output = posemo(&["check", "space", "--checks", &checks, "--docs", &path]);
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text.lines().next().unwrap_or_default().to_owned())
}

fn now() -> SystemTime {
    jiff::Timestamp::now().into()
}

fn set_time(path: &Path, time: SystemTime) {
    File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn a_wrong_document_is_unknown_with_one_message() {
    let folder = checks("hostile-documents");
    let many = format!("[{}]", vec!["{\"name\": \"a\", \"used\": 1}"; 1001].join(","));
    for (text, expected) in [
        ("", "is empty"),
        (" \n", "is empty"),
        ("nonsense", "is not JSON: a mistake, line 1, column"),
        ("[{\"name\": \"secret\"", "is not JSON: it ends too early"),
        ("{}", "is not a list of rows"),
        ("[[]]", "row 1 is not an object"),
        ("[{\"name\": \"a\", \"used\": 1}, {\"name\": \"b\"}]", "row 2 has no key \"used\""),
        ("[{\"name\": \"a\", \"used\": \"s3cret\"}]", "used of row 1 is not a double precision"),
        ("[{\"name\": [\"s3cret\"], \"used\": 1}]", "name of row 1 is a list or an object"),
        ("[{\"name\": \"a\", \"used\": \"inf\"}]", "used of row 1 is not a double precision"),
        (&"[".repeat(100_000), "is not JSON"),
        (&many, "has 1001 rows, and 1000 are judged"),
    ] {
        folder.write("space.json", text);
        let (code, line) = check(&folder, "space.json");
        assert_eq!(code, 3, "{line}");
        assert!(line.starts_with("SPACE UNKNOWN - document space: "), "{line}");
        assert!(line.contains(expected) && line.contains("space.json"), "{line}");
        assert!(!line.contains("s3cret"), "{line}");
    }
    // Names are shown in visible characters and cannot begin a line or a field.
    folder.write("space.json", "[{\"name\": \"a|b\\n\\u001b[31m\\u202e\", \"used\": 99.5}]");
    let (code, line) = check(&folder, "space.json");
    assert!(code == 1 && line.starts_with("SPACE WARNING - a"), "{line}");
    assert!(!line.contains(['\u{1b}', '\u{202e}']) && line.matches('|').count() == 1, "{line}");
    // Rows may have other keys, and numbers may be texts.
    folder.write("space.json", "\u{feff}[{\"name\": 7, \"used\": \"12.5\", \"more\": [1]}]");
    assert_eq!(
        check(&folder, "space.json"),
        (0, "SPACE OK - 7 used 12.5 % | '7'=12.5%;80".to_owned())
    );
    // Without a value there is nothing to judge.
    folder.write("space.json", "[{\"name\": \"a\", \"used\": null}]");
    assert_eq!(check(&folder, "space.json").0, 0);
}

#[test]
fn what_is_not_a_fresh_file_is_unknown() {
    let folder = checks("odd-files");
    let path = |name: &str| folder.path().join(name);
    folder.write("space.json", "[]");
    let hour = Duration::from_secs(3600);
    let unknown = |file: &str, expected: &str| {
        let (code, line) = check(&folder, file);
        assert!(code == 3 && line.contains(expected), "{file}: {line}");
    };
    for (time, expected) in [
        (now() - 25 * hour, "was written 1 d 1 h ago, and is too old after 1d"),
        (now() + hour, "has a time in the future"),
    ] {
        set_time(&path("space.json"), time);
        unknown("space.json", expected);
    }
    set_time(&path("space.json"), now() - 23 * hour);
    assert_eq!(check(&folder, "space.json").0, 0);
    unknown("missing.json", "does not exist");
    unknown("checks", "is not a regular file");
    // A pipe without a writer, and a device that does not end.
    assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    unknown("pipe", "is not a regular file");
    std::os::unix::fs::symlink("/dev/zero", path("zero")).unwrap();
    unknown("zero", "is not a regular file");
    fs::write(path("bytes"), [b'[', 0xff, b']']).unwrap();
    unknown("bytes", "is not UTF-8");
    fs::write(path("large"), vec![b' '; 4 * 1024 * 1024 + 1]).unwrap();
    unknown("large", "is larger than 4 MiB");
}

#[test]
fn a_check_of_a_document_and_a_wrong_name_do_not_connect() {
    let folder = checks("document-without-server");
    folder.write("space.json", r#"[{"name": "a", "used": 20.0}]"#);
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    let (checks, path) = (folder.path().join("checks"), folder.path().join("space.json"));
    let (checks, path) = (checks.display().to_string(), path.display().to_string());
    let address = ["-H", "127.0.0.1", "-p", &port, "--timeout", "1"];
    let call = |words: &[&str]| posemo(&[&["check"], words, &address].concat());
    let output = call(&["space", "--checks", &checks, "--docs", &path]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(server.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    let output = call(&["alife"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(server.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "a wrong name");
    let output = call(&["alive"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    server.accept().unwrap();
    assert_eq!(server.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "one connection");
}

#[test]
fn a_document_comes_from_a_pipe_in_bounded_time() {
    let recorded = include_str!("../../checks/pgbackrest_backups/cases/recorded.toml");
    let recorded: toml::Table = recorded.parse().unwrap();
    let run = |text: Option<&str>| {
        let mut child = Command::new(POSEMO)
            .args(["check", "pgbackrest_backups", "--docs", "-", "-t", "2"])
            .env("HOME", "/nonexistent")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        if let Some(text) = text {
            input.write_all(text.as_bytes()).unwrap();
            drop(input);
            return child.wait_with_output().unwrap();
        }
        // The input stays open.
        let output = child.wait_with_output().unwrap();
        drop(input);
        output
    };
    let output = run(recorded["document"].as_str());
    let text = String::from_utf8(output.stdout).unwrap();
    // The age depends on the day of the test.
    assert!(text.starts_with("PGBACKREST_BACKUPS "), "{text}");
    assert!(text.contains("main.repo1 backups'=2;"), "{text}");
    let output = run(None);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("standard input: could not be read in time"), "{text}");
}

#[test]
fn a_run_judges_documents_of_targets_that_have_them() {
    let folder = checks("documents-of-targets");
    folder.write("space.json", "[{\"name\": \"/srv\", \"used\": 91}]");
    folder.write(
        "posemo.toml",
        "[catalog]\npaths = [\"checks\"]\n[targets.with]\nhost = \"/nowhere\"\n[targets.with.documents]\n\
         space = \"space.json\"\n[targets.without]\nhost = \"/nowhere\"\n[targets.late]\nhost = \"/nowhere\"\n\
         [targets.late.documents]\nspace = { path = \"space.json\", age = \"1h\" }\n",
    );
    set_time(&folder.path().join("space.json"), now() - Duration::from_secs(7200));
    let settings = folder.path().join("posemo.toml").display().to_string();
    let run = |arguments: &[&str]| {
        let output = posemo(&[&["run", "--config", &settings], arguments].concat());
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    // The server does not answer, and its document is judged nevertheless.
    let (_, text) = run(&["--output", "json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    let space = |target: &str| -> Option<Value> {
        let targets = report["targets"].as_array().unwrap();
        let found = targets.iter().find(|one| one["target"] == target).unwrap();
        assert!(found["error"].as_str().unwrap().contains("cannot connect"), "{found}");
        let checks = found["checks"].as_array().unwrap();
        checks.iter().find(|one| one["check"] == "space").cloned()
    };
    let with = space("with").unwrap();
    assert_eq!(with["state"], "warning", "{with}");
    assert_eq!(with["findings"][0]["object"], "/srv");
    assert_eq!(with["metrics"][0]["value"], json!(91.0));
    assert_eq!(space("without"), None);
    let late = space("late").unwrap();
    assert_eq!(late["state"], "unknown");
    assert!(late["error"].as_str().unwrap().contains("too old after 1h"), "{late}");
    // Every format has the finding.
    for format in [
        "table",
        "nagios",
        "checkmk",
        "zabbix",
        "prometheus",
        "junit",
        "sarif",
        "ndjson",
        "csv",
        "html",
        "markdown",
    ] {
        let (_, text) = run(&["with", "--output", format]);
        let name = if format == "prometheus" { "posemo_space_used" } else { "/srv" };
        assert!(text.contains(name) && text.contains("91"), "{format}: {text}");
    }
    // Without other checks nothing connects.
    let (code, text) = run(&["with", "--check", "space"]);
    assert!(code == Some(1) && !text.contains("cannot connect"), "{text}");
    assert_eq!(run(&["without", "--check", "space"]).0, Some(3));
}

#[test]
fn mistakes_in_the_keys_are_reported() {
    for (text, expected) in [
        ("document = \"A b\"", "document: the name of a document has lower-case letters"),
        ("document = \"a\"\nscope = \"database\"", "scope: is about queries"),
        ("document = \"a\"\nowner = \"monitor\"", "owner: is about queries"),
        ("document = \"a\"\nreplicated = true", "replicated: is about queries"),
        ("document = \"a\"\ndocument_age = \"1\"", "document_age: \"1\" is not an interval"),
        ("document_age = \"1h\"", "document_age: this key is for checks with a document"),
    ] {
        let folder = checks("document-keys");
        let manifest = PLAIN.replace("document = \"space\"", text);
        folder.write("checks/space/check.toml", &manifest);
        let error = Catalog::embedded().add(&folder.path().join("checks")).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let folder = checks("document-with-query");
    folder.write("checks/space/query.sql", "SELECT 1");
    let error = Catalog::embedded().add(&folder.path().join("checks")).unwrap_err().to_string();
    assert!(error.contains("space/query.sql: is not a file of a check with a document"), "{error}");
    for (text, expected) in [
        (
            "[defaults.documents]\npgbackrest = \"a\"",
            "defaults.documents: not allowed in [defaults]",
        ),
        ("[targets.a.documents]\npgbackrset = \"a\"", "did you mean \"pgbackrest\""),
        ("[targets.a.documents]\npgbackrest = 7", "must be the path of a file"),
        ("[targets.a.documents]\npgbackrest = \"\"", "must be the path of a file"),
        (
            "[targets.a.documents]\npgbackrest = { path = \"a\", age = \"soon\" }",
            "age: \"soon\" is not an interval",
        ),
    ] {
        let error = Settings::parse("x.toml", text.to_owned(), &Catalog::embedded()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn nothing_is_installed_for_a_document() {
    let output = posemo(&[
        "install",
        "--print",
        "--server-version",
        "17.5",
        "--check",
        "alive,pgbackrest_backups",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\"alive\"") && !text.contains("pgbackrest"), "{text}");
    let print = |system: &str| {
        let output = posemo(&["print-config", system, "--check", "alive,pgbackrest_backups"]);
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!print("nagios").contains("pgbackrest"));
    // Results for the items can come from any host that has the document.
    assert!(print("zabbix").contains("pgbackrest_backups"));
}

/// A server that does not answer does not hide the findings of a document.
#[test]
fn a_service_of_a_document_does_not_depend_on_the_server() {
    let folder = checks("documents-alone");
    folder.write(
        "posemo.toml",
        "[catalog]\npaths = [\"checks\"]\n[targets.with]\nhost = \"db1\"\n[targets.with.documents]\nspace = \"space.json\"\n",
    );
    let settings = folder.path().join("posemo.toml").display().to_string();
    let selected = ["--check", "alive,connection_usage,space", "--config", &settings];
    let print = |arguments: &[&str]| {
        let output = posemo(&[&["print-config"], arguments, &selected].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let nagios = print(&["nagios", "--target", "with"]);
    assert!(nagios.contains("dependent_service_description connection_usage\n"), "{nagios}");
    let icinga = print(&["icinga2", "--target", "with"]);
    assert!(icinga.contains("ignore where service.name in [ \"space\" ]"), "{icinga}");
    let of = |zabbix: &str, name: &str| -> Vec<bool> {
        let named = format!(" name: \"{name}: ");
        let parts = zabbix.split("- uuid:").filter(|part| part.contains(&named));
        let triggers = parts.filter(|part| part.contains("expression:"));
        triggers.map(|part| part.contains("dependencies:")).collect()
    };
    // A topic depends on the server if one of its checks does.
    for (zabbix, names) in [
        (print(&["zabbix"]), ["connection_usage", "space"]),
        (print(&["zabbix", "--by-topic"]), ["connections", "availability"]),
    ] {
        let [server, document] = names.map(|name| of(&zabbix, name));
        assert!(server.len() > 2 && server.iter().all(|depends| *depends), "{zabbix}");
        assert!(document.len() > 2 && !document.contains(&true), "{zabbix}");
    }
    // That can differ between hosts.
    folder.write(
        "posemo.toml",
        "[catalog]\npaths = [\"checks\"]\n[targets.with]\nhost = \"db1\"\n[targets.with.documents]\nspace = \"space.json\"\n\
         [targets.with.checks.response_time]\nenabled = false\n[targets.other]\nhost = \"db2\"\n",
    );
    let of_topics =
        ["print-config", "icinga2", "--by-topic", "--check", "alive,response_time,space"];
    let output = posemo(&[&of_topics[..], &["--config", &settings]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let expected = "ignore where service.name in [ \"availability\" ] && host.name in [ \"with\" ]";
    assert!(text.contains(expected), "{text}");
}
