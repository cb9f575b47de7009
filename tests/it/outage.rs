//! A server that does not answer, in the settings and in the formats. No test starts a server.

use std::process::Output;

use posemo::catalog::Catalog;
use posemo::output::{Format, OutputOptions};

use crate::output::reports::report;
use crate::ports::DEAD;
use crate::server::posemo;

/// Runs posemo with a target that no server answers, and more lines in its section.
fn with_settings(lines: &str, command: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("posemo.toml");
    let section = format!("[targets.db1]\nhost = \"127.0.0.1\"\nport = {DEAD}\n{lines}\n");
    std::fs::write(&file, section).unwrap();
    posemo(&[command, &["--config", file.to_str().unwrap()]].concat())
}

#[test]
fn settings_override_the_state_of_a_server_that_does_not_answer() {
    let alive = ["check", "alive", "--target", "db1"];
    let superusers = ["check", "superusers", "--target", "db1"];
    for (line, expected) in [
        ("", [2, 3, 2]),
        ("no_answer = \"critical\"", [2, 2, 2]),
        ("no_answer = \"warning\"", [1, 1, 1]),
        ("no_answer = \"unknown\"", [3, 3, 3]),
        ("[defaults]\nno_answer = \"unknown\"", [3, 3, 3]),
    ] {
        let codes = [&alive[..], &superusers, &["run"]].map(|command| {
            let output = with_settings(line, command);
            output.status.code().unwrap()
        });
        assert_eq!(codes, expected, "{line}");
    }
    for wrong in ["ok", "Critical", "down"] {
        let output = with_settings(&format!("no_answer = \"{wrong}\""), &["run"]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("posemo.toml:4: targets.db1.no_answer:"), "{error}");
        assert!(error.contains("write \"critical\", \"warning\" or \"unknown\""), "{error}");
    }
}

#[test]
fn the_addresses_of_several_hosts_count_together() {
    let dead = format!("{DEAD},{DEAD}");
    let output = posemo(&["check", "alive", "-H", "127.0.0.1,127.0.0.1", "-p", &dead]);
    assert_eq!(output.status.code(), Some(2));
    // No client reaches the server by a name without an address.
    let output = posemo(&["check", "alive", "-H", "no-such-host.invalid", "-t", "5"]);
    assert_eq!(output.status.code(), Some(2));
    // What posemo was given is wrong.
    let output = posemo(&["check", "alive", "-d", "sslmode=nonsense"]);
    assert_eq!(output.status.code(), Some(3));
}

/// The formats for people show the error once, those for programs report it for the check, too.
#[test]
fn one_server_is_one_problem() {
    let down = report("down");
    let error = "Connection refused";
    for format in [Format::Table, Format::Nagios, Format::Markdown, Format::Alertmanager] {
        let mut out = Vec::new();
        format.write(&down, &OutputOptions::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.matches(error).count(), 1, "{text}");
        assert!(text.to_lowercase().contains("critical"), "{text}");
        assert!(!text.to_lowercase().contains("unknown"), "{text}");
    }
}

#[test]
fn a_state_for_outages_in_check_toml_is_validated() {
    let alive = Catalog::embedded().get("alive").unwrap();
    assert_eq!(alive.no_answer.name(), "critical");
    let superusers = Catalog::embedded().get("superusers").unwrap();
    assert_eq!(superusers.no_answer.name(), "unknown");
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("down");
    std::fs::create_dir(&folder).unwrap();
    for (name, text) in [
        (
            "README.md",
            "# down\n\n## What it watches\n\nx\n\n## Why it matters\n\nx\n\n## What to do\n\nx\n",
        ),
        ("query.sql", "SELECT true AS up\n"),
        ("check.toml", "summary = \"x\"\nno_answer = \"ok\"\n[columns.up]\ntype = \"boolean\"\n"),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let checks = directory.path().display().to_string();
    let output = posemo(&["list", "--checks", &checks]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("check.toml:2: no_answer: \"ok\" is not a state"), "{error}");
}
