//! Many hostile scripts beside ordinary ones: the ordinary ones get their time, the hostile ones fail with one line
//! that has the remedy.
//!
//! The tests of the sandbox measure what one attack does to a worker.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::catalog::Folder;
use crate::server::Server;
use crate::waiting::{assert_within, wait_for};

/// A name, the body of the script, and the remedy in its error.
const ATTACKS: &[(&str, &str, &str)] = &[
    ("loop", "max(range(2000000000))\n    return []", "look for a loop"),
    (
        "comprehension",
        "return [a for a in range(100000) for b in range(100000) if False]",
        "too many turns",
    ),
    ("text", "x = 'x' * 1000000000\n    return []", "smaller"),
    ("lists", "l = [0]\n    for i in range(40):\n        l = l + l\n    return []", "smaller"),
    ("recursion", "return check_context(docs, context)", "use a loop"),
    ("crowd", "return [{'summary': 's', 'severity': 'info'}] * 1000000", "combine them"),
    (
        "novel",
        "return [{'summary': 'x' * 10000000, 'severity': 'info'}]",
        "shorten the descriptions",
    ),
    (
        "nest",
        "x = []\n    for i in range(1000000):\n        x = [x]\n    return [{'summary': str(x), 'severity': 'info'}]",
        "smaller",
    ),
    ("cycle", "x = []\n    x.append(x)\n    return x", "nest more than"),
    ("fail", "fail('x' * 1000000)", "xxxxxxxx"),
    ("none", "return None", "must return a list of dicts"),
    ("format", "return '{:>9999999999}'.format(1)", "was not found"),
];

/// The number of endless checks; together they take longer than the time-out of the run.
const LOOPS: usize = 6;

/// The time-out of the run with all of them, in seconds.
const TIME_OUT: u64 = 10;

/// A check whose script grows after the installation; `install` refuses a script that is too long.
const LONG: &str = "bad_long";

const ORDINARY: &str = "def check_context(docs, context):
    rows = [row for answer in docs for row in (answer if type(answer) == \"list\" else answer[\"app\"])]
    return [{\"summary\": \"{} is here\".format(row[\"v\"]), \"severity\": \"warning\"} for row in rows]
";

pub(super) fn write(folder: &Folder) -> Vec<String> {
    let column = "[columns.v]\ntype = \"integer\"\nrole = \"info\"\n";
    let source = |body: &str| format!("def check_context(docs, context):\n    {body}\n");
    let mut hostile = Vec::new();
    let mut write = |name: String, script: &str, manifest: &str| {
        super::write(folder, &name, manifest, "SELECT 7 AS v", script);
        hostile.push(name);
    };
    for (name, body, _) in ATTACKS {
        write(format!("bad_{name}"), &source(body), column);
    }
    let endless = source("for a in range(2000000000):\n        max(range(1000000))\n    return []");
    for number in 0..LOOPS {
        // Half of them are judged after the answers of all databases have arrived.
        let scope = if number % 2 == 0 { "" } else { "scope = \"database\"\n" };
        write(format!("bad_endless_{number}"), &endless, &format!("{scope}{column}"));
    }
    write(LONG.to_owned(), &source("return []"), column);
    for (name, scope) in [("zz_cluster", ""), ("zz_database", "scope = \"database\"\n")] {
        super::write(folder, name, &format!("{scope}{column}"), "SELECT 7 AS v", ORDINARY);
    }
    hostile
}

pub(super) fn ordinary_scripts_are_not_affected(
    server: &Server,
    folder: &Folder,
    hostile: &[String],
) {
    let ordinary = ["zz_cluster", "zz_database", "superusers", "password_verifiers", "alive"];
    let line = format!("# {}\n", "x".repeat(7000));
    let long = format!("def check_context(docs, context):\n    return []\n{}", line.repeat(10));
    folder.write(&format!("{LONG}/evaluate.star"), &long);
    let named = |names: &[&str]| -> Vec<String> {
        names.iter().flat_map(|name| ["--check".to_owned(), (*name).to_owned()]).collect()
    };
    let run = |names: &[&str]| {
        let time_out = TIME_OUT.to_string();
        let arguments = named(names);
        let mut more: Vec<&str> = arguments.iter().map(String::as_str).collect();
        more.extend(["--output", "json", "--timeout", &time_out]);
        super::reports(&super::run(server, folder, &more))
    };
    let alone = run(&ordinary);
    let mut all: Vec<&str> = hostile.iter().map(String::as_str).collect();
    all.extend(ordinary);
    // A script that does not end within a second waits behind the slow ones. On a busy machine this happens to an ordinary
    // script too, but not in each run.
    let together = wait_for("a run in which the ordinary scripts get their time", || {
        let begun = Instant::now();
        let together = run(&all);
        assert_within(Duration::from_secs(TIME_OUT), begun, "a run with hostile scripts");
        let is_late = |report: &Value| {
            let is_ordinary = ordinary.iter().any(|name| report["check"] == *name);
            is_ordinary && report["error"].as_str().is_some_and(|error| error.contains("no time"))
        };
        (!together.iter().any(is_late)).then_some(together)
    });

    let reports_of = |reports: &[Value], name: &str| -> Vec<Value> {
        let mut found = reports.to_vec();
        found.retain(|report| report["check"] == name);
        found.iter_mut().for_each(forget_time);
        found
    };
    for name in ordinary {
        let reports = reports_of(&together, name);
        assert_eq!(reports, reports_of(&alone, name), "{name}");
        assert!(reports[0]["error"].is_null(), "{:#}", reports[0]);
    }
    for name in hostile {
        let report = &reports_of(&together, name)[0];
        let error = report["error"].as_str().unwrap_or_default();
        assert!(report["state"] == "unknown" && !error.contains('\n'), "{report:#}");
        let expected = match name.strip_prefix("bad_").unwrap() {
            name if name.starts_with("endless") => "look for a loop",
            "long" => "split the check",
            name => ATTACKS.iter().find(|(known, ..)| *known == name).unwrap().2,
        };
        // On a busy machine other scripts may be stopped by the clock too.
        assert!(error.contains(expected) || error.contains("look for a loop"), "{name}: {error}");
    }
}

/// Removes the duration, the only part of a report that may differ.
fn forget_time(report: &mut Value) {
    let report = report.as_object_mut().unwrap();
    assert!(report.remove("duration_seconds").is_some(), "{report:?}");
}
