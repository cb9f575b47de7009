//! The cases of every check, one test each: rows in and findings out, or a story told to a real server.
//!
//! The names are generated from the folders; nothing here knows a check.

use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use posemo::catalog::Catalog;
use posemo::catalog::check::Scope;
use posemo::catalog::signature::{ColumnType, Signature};
use posemo::cluster::Options;
use posemo::evaluate::{script, threshold};
use posemo::finding::report::CheckReport;
use posemo::finding::{Finding, State};
use posemo::rows::{Document, Rows, Value};
use serde::Deserialize;

use crate::server::Server;

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// `cases/*.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    server: u32,
    database: Option<String>,
    rows: Vec<toml::Table>,
    expect: Vec<Expected>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    state: String,
    object: Option<String>,
    summary_contains: Option<String>,
}

fn state(name: &str) -> State {
    let states = [State::Ok, State::Warning, State::Critical, State::Unknown];
    states
        .into_iter()
        .find(|state| state.name() == name)
        .unwrap_or_else(|| panic!("{name} is no state"))
}

/// Rows in, findings out.
fn offline(name: &str, file: &str) {
    let check = Catalog::embedded().get(name).unwrap();
    let case: Case = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert!(check.servers.contains(case.server), "{name} is not for PostgreSQL {}", case.server);
    let signature = &check.queries[0].signature;
    let rows = rows(signature, &case.rows);
    let mut findings = Vec::new();
    if check.script.is_none() || !check.thresholds.levels.is_empty() {
        findings.extend(threshold::judge(&check, signature, &check.thresholds, &rows).findings);
    }
    if let Some(source) = &check.script {
        let document = match check.scope {
            Scope::Cluster => Document::Rows(rows),
            Scope::Database => Document::Databases(vec![(case.database.unwrap_or_default(), rows)]),
        };
        findings.extend(script::judge(name, source, &[document]).unwrap().findings);
    }
    let mut unexpected = findings.clone();
    for expected in &case.expect {
        let matches = |finding: &Finding| {
            finding.state == state(&expected.state)
                && (expected.object.is_none() || finding.object == expected.object)
                && expected
                    .summary_contains
                    .as_ref()
                    .is_none_or(|words| finding.summary.contains(words))
        };
        let found = unexpected.iter().position(matches);
        let found =
            found.unwrap_or_else(|| panic!("{file}: no finding is {expected:?} in {findings:#?}"));
        unexpected.remove(found);
    }
    unexpected.retain(|finding| finding.state != State::Ok);
    assert!(unexpected.is_empty(), "{file}: nobody expected {unexpected:#?}");
}

fn rows(signature: &Signature, given: &[toml::Table]) -> Rows {
    let columns: Vec<String> = signature.columns.iter().map(|column| column.name.clone()).collect();
    for row in given {
        assert!(
            row.keys().all(|key| columns.contains(key)),
            "{row:?} has a column that {columns:?} has not"
        );
    }
    let value =
        |row: &toml::Table, name: &str, sql_type: &ColumnType| match (row.get(name), sql_type) {
            (None, _) => Value::Null,
            (Some(toml::Value::Boolean(truth)), ColumnType::Boolean) => Value::Bool(*truth),
            (Some(toml::Value::Integer(number)), ColumnType::Integer(_)) => Value::Int(*number),
            (Some(toml::Value::Float(number)), ColumnType::Float(_)) => Value::Float(*number),
            (Some(toml::Value::Integer(number)), ColumnType::Time(_)) => {
                Value::Time((*number).into())
            }
            (Some(toml::Value::String(text)), ColumnType::Text(_)) => Value::Text(text.clone()),
            (Some(other), sql_type) => panic!("{name} = {other} is no {}", sql_type.sql()),
        };
    let row = |row| {
        signature.columns.iter().map(|column| value(row, &column.name, &column.sql_type)).collect()
    };
    Rows { rows: given.iter().map(row).collect(), columns }
}

/// A story on the server of this machine.
fn live(name: &str, file: &str) {
    tell(name, Path::new(file), &Server::bindir());
}

/// A story: each block is run as superuser, then the check as the monitor must say what is expected.
pub(crate) fn tell(name: &str, file: &Path, bindir: &Path) {
    let check = Rc::new(Catalog::embedded().get(name).unwrap());
    let text = fs::read_to_string(file).unwrap();
    let head = |key: &str| {
        text.lines().find_map(|line| line.strip_prefix(&format!("-- {key}: "))).map(str::to_owned)
    };
    let settings = head("settings").unwrap_or_default();
    let settings = settings
        .split(", ")
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    let server = Server::start(&Options {
        bindir: Some(bindir.to_owned()),
        settings: settings.collect(),
        ..Options::default()
    });
    let majors = head("servers")
        .map(|span| span.parse::<posemo::catalog::server_version::Majors>().unwrap());
    if majors.is_some_and(|majors| !majors.contains(server.major())) {
        return;
    }
    let patience = head("wait")
        .and_then(|text| text.strip_suffix('s').and_then(|text| text.parse().ok()))
        .unwrap_or(0);
    server.install(&["--database", "postgres"]);
    let session = server.session("postgres", "postgres");
    let mut block = String::new();
    let mut expectations = 0;
    for line in text.lines() {
        let Some(expected) = line.strip_prefix("-- expect: ") else {
            block.push_str(line);
            block.push('\n');
            continue;
        };
        if let Err(error) = session.ask(&block) {
            panic!("{}: {block}\n{error}", file.display());
        }
        block.clear();
        expectations += 1;
        // A session that has just ended may still hold a connection of a small server.
        let deadline = Instant::now() + Duration::from_secs(patience.max(2));
        loop {
            let report = server.run(&[Rc::clone(&check)]);
            let target = &report.targets[0];
            let answered = target.error.clone().map_or(Ok(()), Err);
            let Err(complaint) = answered.and_then(|()| holds(expected, &target.checks)) else {
                break;
            };
            let place = format!(
                "{} on PostgreSQL {}, expectation {expectations}",
                file.display(),
                server.version()
            );
            assert!(Instant::now() < deadline, "{place}: {complaint}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    assert!(expectations > 0, "{} expects nothing", file.display());
}

/// `critical public.filling, warning public.other`: the worst is the state of the check, and each object
/// that is named has a finding of that state.
fn holds(expected: &str, reports: &[CheckReport]) -> Result<(), String> {
    let part = |part: &'_ str| match part.split_once(' ') {
        Some((word, object)) => (state(word), Some(object.to_owned())),
        None => (state(part), None),
    };
    let parts: Vec<(State, Option<String>)> = expected.trim().split(", ").map(part).collect();
    let said = State::worst(reports.iter().map(CheckReport::state));
    if said != State::worst(parts.iter().map(|(state, _)| *state)) {
        return Err(format!("expected {expected}, it is {} in {reports:#?}", said.name()));
    }
    let findings = || reports.iter().flat_map(|report| &report.findings);
    for (state, object) in parts.into_iter().filter(|(_, object)| object.is_some()) {
        if !findings().any(|finding| finding.state == state && finding.object == object) {
            return Err(format!("no {} finding about {object:?} in {reports:#?}", state.name()));
        }
    }
    Ok(())
}
