//! Validates SARIF with the tool of its authors, and searches for each finding in it.
//!
//! The exit code of the tool is always 0, so its output is read.

use std::fs;
use std::path::Path;
use std::process::Command;

use posemo::finding::{Finding, State};
use posemo::output::{Format, OutputOptions};
use serde_json::Value;

use super::{REPORTS, report, written};
use crate::programs::{need, reader};

/// The only complaint that is allowed: the project has no web page.
const KNOWN: &str =
    "warning SARIF2005: runs[0].tool.driver: The tool 'posemo' does not provide 'informationUri'";

/// The complaints of the tool about the files of a folder.
fn complaints(folder: &Path, files: usize) -> Vec<String> {
    let output = Command::new(reader("sarif/Sarif.Multitool"))
        .arg("validate")
        .arg(folder.join("*.sarif"))
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    // Without this line it has read nothing.
    assert!(printed.contains(&format!("Done. {files} files scanned.")), "{printed}");
    let is_complaint = |line: &&str| line.contains(": error ") || line.contains(": warning ");
    printed.lines().filter(is_complaint).map(str::to_owned).collect()
}

#[test]
fn the_tool_of_its_authors_has_no_complaint() {
    // The tool is a program for Linux on x86_64 only.
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        need!("sarif-multitool");
    } else {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(format!("{name}.sarif"));
    for name in REPORTS {
        let mut report = report(name);
        // A part of the flood is enough: the tool takes 15 s for all of it.
        let checks = report.targets.iter_mut().flat_map(|target| &mut target.checks);
        checks.for_each(|check| check.findings.truncate(100));
        fs::write(path(name), written(&report, Format::Sarif, &OutputOptions::default())).unwrap();
    }
    let all = complaints(folder.path(), REPORTS.len());
    assert!(all.iter().all(|line| line.contains(KNOWN)), "{all:#?}");
    for name in REPORTS {
        assert_eq!(all.iter().filter(|line| line.contains(&format!("/{name}.sarif("))).count(), 1);
    }
    // It must complain about a wrong file.
    let broken = written(&report("day"), Format::Sarif, &OutputOptions::default());
    fs::write(path("day"), broken.replace("\"ruleIndex\":", "\"ruleIndex\":7")).unwrap();
    let all = complaints(folder.path(), REPORTS.len());
    assert!(all.iter().any(|line| line.contains("SARIF1009")), "{all:#?}");
}

/// Each problem is a result, also a suppressed one; other findings whose state is OK are not, and each error is a
/// notification.
#[test]
fn every_finding_is_a_result() {
    for name in REPORTS {
        let report = report(name);
        let document = written(&report, Format::Sarif, &OutputOptions::default());
        let document = serde_json::from_str::<Value>(&document).unwrap();
        let run = &document["runs"][0];
        let mut results = run["results"].as_array().unwrap().iter();
        let mut notifications =
            run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().iter();
        let mut failed = false;
        for target in &report.targets {
            let checks = target.checks.iter().filter(|check| check.error.is_some()).count();
            let count = checks + usize::from(target.error.is_some());
            failed |= count > 0;
            assert_eq!(notifications.by_ref().take(count).count(), count, "{name}");
            for check in &target.checks {
                let is_result = |one: &&Finding| one.state != State::Ok || one.suppressed.is_some();
                for finding in check.findings.iter().filter(is_result) {
                    let result = results.next().unwrap();
                    let by = finding.suppressed.as_deref();
                    let reason = &result["suppressions"][0]["justification"];
                    assert_eq!(reason.as_str(), by.map(|by| by.reason.as_str()));
                    let expected = match by.map_or(finding.state, |by| by.state) {
                        State::Critical => ["fail", "error"],
                        State::Warning => ["fail", "warning"],
                        _ => ["open", "none"],
                    };
                    assert_eq!(["kind", "level"].map(|key| &result[key]), expected);
                    let rule = result["ruleIndex"].as_u64().unwrap();
                    let rule = &run["tool"]["driver"]["rules"][usize::try_from(rule).unwrap()];
                    assert_eq!([&result["ruleId"], &rule["id"]], [check.check.as_str(); 2]);
                    let properties = &result["properties"];
                    assert_eq!(properties["summary"], finding.summary.as_str());
                    assert_eq!(properties["description"].as_str(), finding.description.as_deref());
                    assert_eq!(properties["labels"], serde_json::json!(finding.labels));
                    let path = path(run, &result["locations"][0]["logicalLocations"][0]);
                    let known =
                        [Some(&target.target), check.database.as_ref(), finding.object.as_ref()];
                    assert_eq!(path, known.into_iter().flatten().collect::<Vec<_>>());
                }
            }
        }
        assert_eq!(results.next(), None, "{name}");
        assert_eq!(notifications.next(), None, "{name}");
        assert_eq!(run["invocations"][0]["executionSuccessful"], !failed, "{name}");
    }
}

/// The names of a location and its parents, the widest first.
fn path<'a>(run: &'a Value, reference: &'a Value) -> Vec<&'a str> {
    let mut names = Vec::new();
    let mut next = reference.get("index");
    while let Some(index) = next {
        let location = &run["logicalLocations"][usize::try_from(index.as_u64().unwrap()).unwrap()];
        names.insert(0, location["name"].as_str().unwrap());
        next = location.get("parentIndex");
    }
    names
}
