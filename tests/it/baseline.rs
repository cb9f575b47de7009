//! `posemo run --baseline`: what is new, known or gone since an earlier report.

use posemo::tempserver::ServerOptions;
use serde_json::Value;

use crate::catalog::Folder;
use crate::server::{Server, posemo};

#[test]
fn a_file_that_is_not_a_report_is_refused() {
    let folder = Folder::new("baseline-mistakes");
    for (text, expected) in [
        ("", "name a file that posemo run --output json wrote: the report cannot be read: EOF"),
        ("{\"format\": 2}", "the report has format 2"),
        ("[]", "name a file that posemo run --output json wrote"),
    ] {
        folder.write("old.json", text);
        let path = folder.path().join("old.json").display().to_string();
        let output = posemo(&["run", "-H", "/none", "--baseline", &path]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{error}");
        assert!(error.contains("old.json") && error.contains(expected), "{error}");
        assert!(output.stdout.is_empty(), "{output:?}");
    }
    let output = posemo(&["run", "-H", "/none", "--baseline", "/none.json"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot read the report /none.json"));
}

/// Runs `superusers`, compares with a file, and writes the report into another.
fn run(server: &Server, folder: &Folder, old: Option<&str>, new: &str) -> (Option<i32>, Value) {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let new = path(new);
    let mut arguments =
        vec!["run", "--check", "superusers", "--output", "json", "--output-file", &new];
    let old = old.map(path);
    if let Some(old) = &old {
        arguments.extend(["--baseline", old]);
    }
    let output = server.posemo(&arguments);
    let report =
        std::fs::read_to_string(&new).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output.status.code(), serde_json::from_str(&report).unwrap())
}

/// The findings: object, state, whether it is new, and since when it is known.
fn findings(report: &Value) -> Vec<(String, String, Option<bool>, Option<String>)> {
    let findings = report["targets"][0]["checks"][0]["findings"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let one = |finding: &Value| {
        let since = &finding["since"];
        let time = since["time"].as_str().map(str::to_owned);
        (text(&finding["object"]), text(&finding["state"]), since["new"].as_bool(), time)
    };
    let mut all: Vec<_> = findings.iter().map(one).collect();
    all.sort();
    all
}

#[test]
fn reports_are_compared_on_a_server() {
    let server = Server::start(&ServerOptions::default());
    server.superuser("postgres", "CREATE ROLE anna SUPERUSER LOGIN");
    server.install(&["--check", "superusers"]);
    let folder = Folder::new("baseline");
    let warning = "warning".to_owned();

    // Without a comparison nothing is known about the time.
    let (code, first) = run(&server, &folder, None, "1.json");
    assert_eq!(code, Some(1), "{first}");
    assert_eq!(findings(&first), [("anna".to_owned(), warning.clone(), None, None)]);
    let began = first["started"].as_str().unwrap().to_owned();

    // What the earlier report contains is known, and does not decide the exit code.
    let (code, second) = run(&server, &folder, Some("1.json"), "2.json");
    assert_eq!(code, Some(0), "{second}");
    assert_eq!(second["state"], "warning");
    let anna = ("anna".to_owned(), warning.clone(), Some(false), Some(began.clone()));
    assert_eq!(findings(&second), std::slice::from_ref(&anna));

    // A new one decides it. The time of the other remains that of the first report.
    server.superuser("postgres", "CREATE ROLE bert SUPERUSER LOGIN");
    let (code, third) = run(&server, &folder, Some("2.json"), "3.json");
    assert_eq!(code, Some(1), "{third}");
    let started = third["started"].as_str().unwrap().to_owned();
    let bert = ("bert".to_owned(), warning, Some(true), Some(started));
    assert_eq!(findings(&third), [anna, bert]);
    let path = folder.path().join("2.json").display().to_string();
    let table = server.posemo(&["run", "--check", "superusers", "--baseline", &path]);
    let table = String::from_utf8(table.stdout).unwrap();
    let words = table.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("bert may log in and is a superuser (new)"), "{table}");
    assert!(words.contains(&format!("is a superuser (since {})", &began[..10])), "{table}");

    // What is gone is a note, once.
    server.superuser("postgres", "DROP ROLE anna");
    let (code, fourth) = run(&server, &folder, Some("3.json"), "4.json");
    assert_eq!(code, Some(0), "{fourth}");
    let anna = ("anna".to_owned(), "ok".to_owned(), None, None);
    assert_eq!(findings(&fourth)[0], anna);
    assert!(fourth.to_string().contains("gone: anna may log in and is a superuser"), "{fourth}");
    let (code, fifth) = run(&server, &folder, Some("4.json"), "5.json");
    assert_eq!((code, findings(&fifth).len()), (Some(0), 1), "{fifth}");

    // A check that fails is new, and nothing is gone because of it; then it is known.
    server.superuser("posemo", "DROP FUNCTION posemo.superusers(text)");
    let (code, sixth) = run(&server, &folder, Some("5.json"), "6.json");
    assert_eq!(code, Some(3), "{sixth}");
    assert!(!sixth.to_string().contains("gone:"), "{sixth}");
    let (code, seventh) = run(&server, &folder, Some("6.json"), "7.json");
    assert_eq!((code, seventh["state"].as_str()), (Some(0), Some("unknown")), "{seventh}");
}
