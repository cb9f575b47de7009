//! Says a report as SARIF 2.1.0: a rule a check, a result for each finding that is not OK.
//!
//! Has no file to point at: what is found is in a server, so that all locations are logical ones.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::finding::report::{CheckReport, Report, TargetReport, ids};
use crate::finding::{Finding, State};

use self::location::{Location, Locations, LogicalLocation};
use self::message::{Message, message};
use super::json;
use super::remark::said;

mod location;
mod message;

/// Says the report in one line.
///
/// What is critical is an error, and a warning is one. A finding that is unknown is of kind `open`, which
/// is the word of the format for it; what could not be asked is a notification, and the invocation was
/// not successful then.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut log = Log { rules: rules(report), ..Log::default() };
    report.targets.iter().for_each(|target| log.add_target(target));
    let started = report.second();
    let invocation = Invocation {
        execution_successful: log.successful,
        exit_code: report.state().exit_code(),
        exit_code_description: report.state().label(),
        start_time_utc: &started,
        tool_execution_notifications: log.notifications,
    };
    let run = Run {
        tool: Tool { driver: driver(&log.rules) },
        invocations: [invocation],
        logical_locations: log.locations.into_table(),
        results: log.results,
    };
    let document = Document {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [run],
    };
    json::line(&document, out)
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    invocations: [Invocation<'a>; 1],
    logical_locations: Vec<LogicalLocation>,
    results: Vec<ResultObject<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Message,
    full_description: Message,
    help: Message,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    exit_code: u8,
    exit_code_description: &'static str,
    start_time_utc: &'a str,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    #[serde(skip_serializing_if = "Option::is_none")]
    associated_rule: Option<RuleReference>,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
}

#[derive(Serialize)]
struct RuleReference {
    id: String,
    index: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultObject<'a> {
    rule_id: &'a str,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: Fingerprint,
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct Fingerprint {
    #[serde(rename = "posemoFinding/v1")]
    finding: String,
}

/// The finding's own words, byte by byte.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties<'a> {
    target: &'a str,
    database: Option<&'a str>,
    object: Option<&'a str>,
    state: &'static str,
    severity: &'static str,
    summary: &'a str,
    description: Option<&'a str>,
    read_more_url: Option<&'a str>,
    labels: &'a BTreeMap<String, String>,
}

/// What a report amounts to, before it is put into the order of the document.
struct Log<'a> {
    rules: BTreeMap<&'a str, usize>,
    locations: Locations,
    results: Vec<ResultObject<'a>>,
    notifications: Vec<Notification>,
    successful: bool,
}

impl Default for Log<'_> {
    fn default() -> Self {
        Self {
            rules: BTreeMap::new(),
            locations: Locations::default(),
            results: Vec::new(),
            notifications: Vec::new(),
            successful: true,
        }
    }
}

impl<'a> Log<'a> {
    fn add_target(&mut self, target: &'a TargetReport) {
        if let Some(error) = &target.error {
            let server = self.locations.find(&target.target, None, None);
            self.notify(error, None, server);
        }
        target.checks.iter().for_each(|check| self.add_check(target, check));
    }

    fn add_check(&mut self, target: &'a TargetReport, check: &'a CheckReport) {
        if let Some(error) = &check.error {
            let place = self.locations.find(&target.target, check.database.as_deref(), None);
            self.notify(error, Some(&check.check), place);
        }
        // A failed check may say its error as a finding too; the notification is enough.
        let repeated = |finding: &Finding| {
            finding.state == State::Unknown
                && check.error.as_ref().is_some_and(|error| finding.summary.contains(error))
        };
        for (id, finding) in ids(&target.target, check).into_iter().zip(&check.findings) {
            if finding.state != State::Ok && !repeated(finding) {
                self.add_finding(target, check, id, finding);
            }
        }
    }

    fn add_finding(
        &mut self,
        target: &'a TargetReport,
        check: &'a CheckReport,
        id: String,
        finding: &'a Finding,
    ) {
        let (kind, level) = match finding.state {
            State::Critical => ("fail", "error"),
            State::Warning => ("fail", "warning"),
            State::Unknown => ("open", "none"),
            State::Ok => ("pass", "none"),
        };
        let location = self.locations.find(
            &target.target,
            check.database.as_deref(),
            finding.object.as_deref(),
        );
        self.results.push(ResultObject {
            rule_id: &check.check,
            rule_index: self.rules[check.check.as_str()],
            kind,
            level,
            message: message(said(&finding.summary)),
            locations: [location],
            partial_fingerprints: Fingerprint { finding: id },
            properties: Properties {
                target: &target.target,
                database: check.database.as_deref(),
                object: finding.object.as_deref(),
                state: finding.state.name(),
                severity: finding.severity.name(),
                summary: &finding.summary,
                description: finding.description.as_deref(),
                read_more_url: finding.read_more_url.as_deref(),
                labels: &finding.labels,
            },
        });
    }

    fn notify(&mut self, error: &str, check: Option<&str>, location: Location) {
        self.successful = false;
        self.notifications.push(Notification {
            associated_rule: check
                .map(|check| RuleReference { id: check.to_owned(), index: self.rules[check] }),
            level: "error",
            message: message(said(error)),
            locations: [location],
        });
    }
}

/// The checks of a report, and where each stands among the rules.
fn rules(report: &Report) -> BTreeMap<&str, usize> {
    let checks = report.targets.iter().flat_map(|target| &target.checks);
    let mut rules: BTreeMap<_, _> = checks.map(|check| (check.check.as_str(), 0)).collect();
    rules.values_mut().enumerate().for_each(|(position, index)| *index = position);
    rules
}

fn driver(rules: &BTreeMap<&str, usize>) -> Driver {
    let rules = rules.keys().map(|check| Rule {
        id: (*check).to_owned(),
        short_description: message(&format!("The check {check} of posemo found something.")),
        full_description: message(&format!(
            "PostgreSQL was asked by the check {check} of posemo, and its answer is not as it should be."
        )),
        help: message(&format!(
            "`posemo explain {check}` says what it watches, why that matters, and what to do."
        )),
    });
    Driver { name: "posemo", semantic_version: env!("CARGO_PKG_VERSION"), rules: rules.collect() }
}
