//! Writes a report as SARIF 2.1.0: a rule for each check, a result for each finding whose state is not OK.
//!
//! Findings are about objects of a server and not about files, so all locations are logical locations.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::finding::report::{CheckReport, Report, TargetReport, ids};
use crate::finding::{Finding, State};

use self::location::{Location, LocationTable};
use self::objects::{
    Driver, Fingerprint, Invocation, Notification, Properties, ResultObject, Rule, RuleReference,
    SarifDocument, SarifRun, SuppressionObject, Tool, message,
};
use super::json;
use super::remark::or_no_text;

mod location;
mod objects;

/// Writes the report in one line.
///
/// CRITICAL is a failure of level `error`, WARNING is one of level `warning`, and UNKNOWN has the kind `open`. A target
/// that could not be queried and a check that failed make a notification, and the invocation is not successful.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut contents = RunContents { rules: rules(report), ..RunContents::default() };
    report.targets.iter().for_each(|target| contents.add_target(target));
    let started = report.second();
    let invocation = Invocation {
        execution_successful: contents.successful,
        exit_code: report.state().exit_code(),
        exit_code_description: report.state().label(),
        start_time_utc: &started,
        tool_execution_notifications: contents.notifications,
    };
    let run = SarifRun {
        tool: Tool { driver: driver(&contents.rules) },
        invocations: [invocation],
        logical_locations: contents.locations.into_table(),
        results: contents.results,
    };
    let document = SarifDocument {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [run],
    };
    json::line(&document, out)
}

/// The contents of a run while they are collected.
struct RunContents<'a> {
    rules: BTreeMap<&'a str, usize>,
    locations: LocationTable,
    results: Vec<ResultObject<'a>>,
    notifications: Vec<Notification>,
    successful: bool,
}

impl Default for RunContents<'_> {
    fn default() -> Self {
        Self {
            rules: BTreeMap::new(),
            locations: LocationTable::default(),
            results: Vec::new(),
            notifications: Vec::new(),
            successful: true,
        }
    }
}

impl<'a> RunContents<'a> {
    fn add_target(&mut self, target: &'a TargetReport) {
        if let Some(error) = &target.error {
            let server = self.locations.find(&target.target, None, None);
            self.notify(error, None, server);
        }
        target.checks.iter().for_each(|check| self.add_check(target, check));
    }

    fn add_check(&mut self, target: &'a TargetReport, check: &'a CheckReport) {
        if let Some(error) = &check.error
            && !target.repeats_failure(check)
        {
            let location = self.locations.find(&target.target, check.database.as_deref(), None);
            self.notify(error, Some(&check.check), location);
        }
        // A failed check may have its error as a finding too; the notification is enough.
        let repeated = |finding: &Finding| {
            finding.state == State::Unknown
                && check.error.as_ref().is_some_and(|error| finding.summary.contains(error))
        };
        for (id, finding) in ids(&target.target, check).into_iter().zip(&check.findings) {
            let is_shown = finding.state != State::Ok || finding.suppressed.is_some();
            if is_shown && !repeated(finding) {
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
        let suppressed = finding.suppressed.as_deref();
        let (kind, level) = match suppressed.map_or(finding.state, |by| by.state) {
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
            message: message(or_no_text(&finding.summary)),
            locations: [location],
            partial_fingerprints: Fingerprint { finding: id },
            suppressions: suppressed.map(|by| {
                let justification = by.reason.as_str();
                [SuppressionObject { kind: "external", status: "accepted", justification }]
            }),
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
                tags: &finding.references,
            },
        });
    }

    fn notify(&mut self, error: &str, check: Option<&str>, location: Location) {
        self.successful = false;
        self.notifications.push(Notification {
            associated_rule: check
                .map(|check| RuleReference { id: check.to_owned(), index: self.rules[check] }),
            level: "error",
            message: message(or_no_text(error)),
            locations: [location],
        });
    }
}

/// The checks of a report, each with its position among the rules.
fn rules(report: &Report) -> BTreeMap<&str, usize> {
    let checks = report.targets.iter().flat_map(|target| &target.checks);
    let mut rules: BTreeMap<_, _> = checks.map(|check| (check.check.as_str(), 0)).collect();
    rules.values_mut().enumerate().for_each(|(position, index)| *index = position);
    rules
}

fn driver(rules: &BTreeMap<&str, usize>) -> Driver {
    let rules = rules.keys().map(|check| Rule {
        id: (*check).to_owned(),
        short_description: message(&format!("The posemo check {check} found a problem.")),
        full_description: message(&format!(
            "The posemo check {check} queried PostgreSQL and found a problem."
        )),
        help: message(&format!(
            "`posemo explain {check}` shows what it watches, why it matters, and what to do."
        )),
    });
    Driver { name: "posemo", semantic_version: env!("CARGO_PKG_VERSION"), rules: rules.collect() }
}
