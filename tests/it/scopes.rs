//! The input of a script for each scope: queries that run once, in each database, or both, and one run for each database.

use std::path::Path;
use std::process::Output;

use posemo::tempserver::ServerOptions;
use serde_json::Value;

use crate::catalog::{Folder, README};
use crate::server::Server;

/// Reports its input.
const SCRIPT: &str = "def check_context(docs, context):
    return [{\"summary\": repr(docs), \"severity\": \"warning\"}]
";

/// One query that runs once and one that runs in each database, with column names that need quotes.
const BOTH: &str = "summary = \"x\"
[queries.1.columns.\"?column?\"]
type = \"integer\"
role = \"info\"
[queries.2]
scope = \"database\"
[queries.2.columns.\"Data\\\"base's\"]
type = \"name\"
role = \"info\"
";

const APART: &str = "summary = \"x\"
scope = \"database\"
databases = \"apart\"
[columns.here]
type = \"name\"
role = \"info\"
";

/// Two queries that run in each database, judged by thresholds.
const TWO: &str = "summary = \"x\"
scope = \"database\"
[queries.1.columns.n]
type = \"integer\"
[queries.2.columns.n]
type = \"integer\"
";

fn folder() -> Folder {
    let folder = Folder::new("scopes");
    let write = |check: &str, manifest: &str, queries: &[(&str, &str)]| {
        folder.write(&format!("{check}/check.toml"), manifest);
        folder.write(&format!("{check}/README.md"), README);
        folder.write(&format!("{check}/evaluate.star"), SCRIPT);
        for (file, text) in queries {
            folder.write(&format!("{check}/{file}"), text);
        }
    };
    let second = ("query-2.sql", "SELECT current_database() AS \"Data\"\"base's\"");
    write("both", BOTH, &[("query-1.sql", "SELECT 1"), second]);
    let own = "SELECT current_database() AS here";
    write("apart", APART, &[("query.sql", own)]);
    folder.write("two/check.toml", TWO);
    folder.write("two/README.md", README);
    for file in ["two/query-1.sql", "two/query-2.sql"] {
        folder.write(file, "SELECT 1 AS n");
    }
    folder
}

/// The database and the summary of each report of a check.
fn summaries(output: &Output, check: &str) -> Vec<(String, String)> {
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reports = report["targets"][0]["checks"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    reports
        .filter(|report| report["check"] == check)
        .map(|report| (text(&report["database"]), text(&report["summary"])))
        .collect()
}

pub(crate) fn suite(bindir: &Path, _major: u32) {
    let server = Server::start(&ServerOptions {
        bindir: Some(bindir.to_owned()),
        ..ServerOptions::default()
    });
    let folder = folder();
    let checks = folder.path().display().to_string();
    let own = "alive,apart,both,two";
    let run = || server.posemo(&["run", "--checks", &checks, "--check", own, "--output", "json"]);
    let pairs = |expected: &[(&str, &str)]| -> Vec<(String, String)> {
        expected.iter().map(|(one, two)| ((*one).to_owned(), (*two).to_owned())).collect()
    };
    for database in ["app", "shop"] {
        server.superuser("postgres", &format!("CREATE DATABASE {database}"));
    }
    server.install(&["--checks", &checks, "--database", "app", "--database", "shop"]);
    let output = run();
    let once = r#"[[{"?column?": 1}], {"app": [{"Data\"base's": "app"}], "shop": [{"Data\"base's": "shop"}]}]"#;
    assert_eq!(summaries(&output, "both"), pairs(&[("", once)]));
    let each = [("app", r#"[[{"here": "app"}]]"#), ("shop", r#"[[{"here": "shop"}]]"#)];
    assert_eq!(summaries(&output, "apart"), pairs(&each));
    let output = server.posemo(&["verify", "--checks", &checks]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));

    // The rows of a database that does not answer are missing, and a finding reports it.
    server.superuser("postgres", "REVOKE CONNECT ON DATABASE shop FROM posemo, PUBLIC");
    let output = run();
    let both = &summaries(&output, "both")[0].1;
    assert!(both.contains(r#"{"app": [{"Data\"base's": "app"}]}"#), "{both}");
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        report.contains("database \\\"shop\\\"") && output.status.code() == Some(1),
        "{report}"
    );
    let apart = summaries(&output, "apart");
    assert_eq!(apart[0], pairs(&each)[0]);
    assert!(apart[1].0 == "shop" && apart[1].1.contains("grant it CONNECT"), "{apart:?}");
    server.superuser("postgres", "GRANT CONNECT ON DATABASE shop TO posemo, PUBLIC");

    // Without the rows of the query that runs once, the script does not run.
    server.superuser("posemo", "DROP FUNCTION posemo.both__1()");
    let output = run();
    let both = &summaries(&output, "both")[0].1;
    assert!(both.starts_with("not installed in database posemo"), "{both}");
    server.superuser("app", "DROP FUNCTION posemo.apart()");
    let apart = summaries(&run(), "apart");
    assert!(apart[0].1.starts_with("not installed in database app"), "{apart:?}");
    assert_eq!(apart[1], pairs(&each)[1]);
    missing_function_in_the_home_database_is_reported(&server, &checks);
}

/// A home database with only one of the functions of a check is reported, also if other databases have both.
fn missing_function_in_the_home_database_is_reported(server: &Server, checks: &str) {
    server.install(&[
        "--checks",
        checks,
        "--home",
        "app",
        "--database",
        "app",
        "--database",
        "shop",
    ]);
    let run = || {
        let summaries = summaries(
            &server.posemo(&["run", "-d", "app", "--checks", checks, "--output", "json"]),
            "two",
        );
        summaries
            .into_iter()
            .map(|(database, summary)| format!("{database}: {summary}"))
            .collect::<Vec<_>>()
    };
    // The earlier home database is now one of the other databases.
    assert_eq!(run(), ["app: n 1", "posemo: n 1", "shop: n 1"]);
    server.superuser("app", "DROP FUNCTION posemo.two__2()");
    let half = run();
    assert!(
        half.len() == 3 && half[0].starts_with("app: not installed in database app"),
        "{half:?}"
    );
}

#[test]
fn here() {
    let (bindir, major) = Server::here();
    suite(&bindir, major);
}
