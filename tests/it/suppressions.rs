//! Suppressed findings: matched exactly, shown everywhere, and problems again after their day.

use posemo::catalog::Catalog;
use posemo::settings::Settings;
use posemo::tempserver::ServerOptions;
use serde_json::Value;

use crate::catalog::Folder;
use crate::server::{Server, posemo};

const VALID: &str = "reason = 'known'\nauthor = 'dba'\nuntil = 2099-12-31\n";

#[test]
fn a_mistake_has_its_place() {
    let catalog = Catalog::embedded();
    for (text, expected) in [
        (
            format!("check = 'superuser'\n{VALID}"),
            "p:2: suppressions.x.check: check \"superuser\" does not exist; did you mean \"superusers\"?",
        ),
        (format!("check = 'zzz_*'\n{VALID}"), "p:2: suppressions.x.check: matches no check"),
        (
            format!("check = 'alive'\ntargets = ['db_*']\n{VALID}"),
            "p:3: suppressions.x.targets: matches no target",
        ),
        (VALID.to_owned(), "the key \"check\" is missing"),
        (
            "check = 'alive'\nreason = 'r'\nauthor = 'a'\n".to_owned(),
            "the key \"until\" is missing",
        ),
        (
            "check = 'alive'\nauthor = 'a'\nuntil = 2099-01-01\n".to_owned(),
            "the key \"reason\" is missing",
        ),
        (
            "check = 'alive'\nreason = ' '\nauthor = 'a'\nuntil = 2099-01-01\n".to_owned(),
            "p:3: suppressions.x.reason: must have between 1 and 500 characters",
        ),
        (
            "check = 'alive'\nreason = 'r'\nauthor = ''\nuntil = 2099-01-01\n".to_owned(),
            "p:4: suppressions.x.author: must have",
        ),
        (
            "check = 'alive'\nreason = 'r'\nauthor = 'a'\nuntil = 12:00:00\n".to_owned(),
            "p:5: suppressions.x.until: must be a date, as in 2027-03-31",
        ),
        (
            "check = 'alive'\nreason = 'r'\nauthor = 'a'\nuntil = 2099-01-01T12:00:00\n".to_owned(),
            "p:5: suppressions.x.until: must be a date",
        ),
        (
            "check = 'alive'\nreason = 'r'\nauthor = 'a'\nuntil = 'soon'\n".to_owned(),
            "p:5: suppressions.x.until: must be a date",
        ),
        (
            "check = 'alive'\nreason = 'r'\nauthor = 'a'\nuntil = 5\n".to_owned(),
            "p:5: suppressions.x.until: must be a date",
        ),
        (
            format!("check = 'alive'\nobjekt = 'a'\n{VALID}"),
            "unknown key \"objekt\"; did you mean \"object\"?",
        ),
    ] {
        let text = format!("[suppressions.x]\n{text}");
        let error = Settings::parse("p", text.clone(), &catalog).expect_err(&text).to_string();
        assert!(error.contains(expected), "{text}\n{error}");
    }
    for until in ["2099-12-31", "'2099-12-31'", "2099-12-31T12:00:00Z", "2099-12-31T12:00:00+02:00"]
    {
        let text = format!(
            "[suppressions.x]\ncheck = 'archive_*'\nreason = 'r'\nauthor = 'a'\nuntil = {until}\n"
        );
        Settings::parse("p", text.clone(), &catalog).expect(&text);
    }
}

#[test]
fn one_that_has_ended_is_reported_by_the_review() {
    let folder = Folder::new("suppression-ended");
    folder.write(
        "posemo.toml",
        "[suppressions.old]\ncheck = 'superusers'\nreason = 'r'\nauthor = 'a'\nuntil = 2020-01-01\n",
    );
    let path = folder.path().join("posemo.toml").display().to_string();
    let output = posemo(&["config", "check", &path]);
    let text = String::from_utf8(output.stdout).unwrap();
    let expected =
        "posemo.toml:5: warning: suppressions.old.until: has no effect: the suppression has ended";
    assert!(text.contains(expected), "{text}");
}

/// The report of a run of `superusers` with these settings, and the exit code.
fn run(server: &Server, folder: &Folder, settings: &str, format: &str) -> (Option<i32>, String) {
    folder.write("posemo.toml", settings);
    let path = folder.path().join("posemo.toml").display().to_string();
    let output =
        server.posemo(&["run", "--config", &path, "--check", "superusers", "--output", format]);
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn findings(report: &str) -> Vec<Value> {
    let report: Value = serde_json::from_str(report).unwrap();
    report["targets"][0]["checks"][0]["findings"].as_array().unwrap().clone()
}

#[test]
fn findings_are_suppressed_on_a_server() {
    let server = Server::start(&ServerOptions::default());
    server.superuser(
        "postgres",
        "CREATE ROLE anna SUPERUSER LOGIN; CREATE ROLE bert SUPERUSER LOGIN",
    );
    server.install(&["--check", "superusers"]);
    let folder = Folder::new("suppressions");
    let section = |name: &str, more: &str, until: &str| {
        format!(
            "[suppressions.{name}]\ncheck = 'superusers'\nreason = 'ticket <4711>'\nauthor = 'A. Weber'\nuntil = {until}\n{more}\n"
        )
    };
    let anna = section("anna", "object = 'an*'", "2099-12-31");

    // One of two: the other remains a problem, and each keeps its id.
    let (code, plain) = run(&server, &folder, "", "json");
    let before = findings(&plain);
    assert_eq!((code, before.len()), (Some(1), 2), "{plain}");
    assert!(before.iter().all(|one| one["suppressed"].is_null()), "{plain}");
    let (code, report) = run(&server, &folder, &anna, "json");
    let after = findings(&report);
    assert_eq!(code, Some(1), "{report}");
    let find = |all: &[Value], name: &str| {
        all.iter()
            .find(|one| one["object"] == name)
            .unwrap_or_else(|| panic!("{name}: {report}"))
            .clone()
    };
    assert_eq!(find(&after, "bert"), find(&before, "bert"));
    let known = find(&after, "anna");
    assert_eq!((&known["state"], &known["id"]), (&Value::from("ok"), &find(&before, "anna")["id"]));
    let expected = serde_json::json!({ "name": "anna", "state": "warning", "reason": "ticket <4711>",
        "author": "A. Weber", "until": "2099-12-31" });
    assert_eq!(known["suppressed"], expected);

    // Both: OK, and every format shows them.
    let both = section("both", "", "2099-12-31");
    let note = "WARNING, suppressed until 2099-12-31 by A. Weber: ticket <4711>";
    for (format, expected) in [
        ("table", note),
        ("table", "2 suppressed"),
        ("nagios", "2 suppressed"),
        ("csv", note),
        ("ndjson", "\"author\":\"A. Weber\""),
        ("markdown", "2 suppressed"),
        ("html", "Suppressed (2)"),
        ("html", "by A. Weber: ticket &lt;4711&gt;)"),
        (
            "sarif",
            r#""suppressions":[{"kind":"external","status":"accepted","justification":"ticket <4711>"}]"#,
        ),
        ("checkmk", "suppressed until 2099-12-31"),
    ] {
        let (code, report) = run(&server, &folder, &both, format);
        assert_eq!(code, Some(0), "{format}: {report}");
        let words = report.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(expected), "{format}: {expected}\n{report}");
        assert!(!report.contains("CRITICAL"), "{report}");
    }
    let path = folder.path().join("posemo.toml").display().to_string();
    let plugin = server.posemo(&["check", "superusers", "--config", &path]);
    let line = String::from_utf8(plugin.stdout).unwrap();
    assert_eq!(plugin.status.code(), Some(0), "{line}");
    assert!(line.starts_with("SUPERUSERS OK - ") && line.contains("suppressed until"), "{line}");

    // What ended or matches nothing is reported, and changes nothing else.
    let id = find(&before, "bert")["id"].as_str().unwrap().to_owned();
    for (section, code, remark) in [
        (
            section("old", "", "2020-01-01"),
            1,
            "anna may log in and is a superuser (suppression old ended on 2020-01-01)",
        ),
        (
            section("none", "object = 'anna_'", "2099-12-31"),
            1,
            "suppression none matches no finding: remove or correct it",
        ),
        (
            section("gone", "object = 'carla'", "2020-01-01"),
            1,
            "suppression gone ended on 2020-01-01 and matches no finding",
        ),
        (section("db", "database = '*'", "2099-12-31"), 1, "suppression db matches no finding"),
        (
            section("id", "id = '0123456789abcdef'", "2099-12-31"),
            1,
            "suppression id matches no finding",
        ),
        (section("all", "object = '*'", "2099-12-31"), 0, ""),
        (section("bert", &format!("id = '{id}'"), "2099-12-31") + &anna, 0, ""),
        // A server of a command line is not a target of the settings.
        (
            format!(
                "[targets.db1]\nhost = '/none'\n{}",
                section("db1", "targets = ['db1']", "2099-12-31")
            ),
            1,
            "",
        ),
    ] {
        let (found, report) = run(&server, &folder, &section, "json");
        assert_eq!(found, Some(code), "{section}\n{report}");
        let is_unused = remark.starts_with("suppression");
        assert_eq!(report.contains("\"suppression "), is_unused, "{section}\n{report}");
        assert!(report.contains(remark), "{section}\n{report}");
    }

    // A missing answer is not a known risk.
    server.superuser("posemo", "DROP FUNCTION posemo.superusers(text)");
    let (code, report) = run(&server, &folder, &both, "json");
    assert_eq!(code, Some(3), "{report}");
    assert!(!report.contains("matches no finding"), "{report}");
}
