//! The report of a run: the results of each target's checks, and the id of each finding.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::metric::Metric;
use super::shared::SharedList;
use super::{Finding, State};
use crate::text::time::second;

/// The service in a monitoring system that reports whether the server could be queried.
pub const OWN: &str = "posemo";

/// Whether a server accepts writes at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerRole {
    /// The server accepts writes.
    Primary,
    /// The server is in recovery.
    Standby,
}

impl ServerRole {
    /// `primary` or `standby`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Standby => "standby",
        }
    }
}

/// Why a check was not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// The check does not apply to the server's major version.
    Version,
    /// The check is for a primary and the server is a standby, or the other way round.
    Role,
    /// The function of the check is not installed on the server.
    NotInstalled,
    /// The database does not have the extension of the check, or the function must not call it.
    Extension,
    /// The database was dropped, renamed, moved or closed during the run.
    Vanished,
    /// `posemo serve` has not run the check since its start, or it is not due in `posemo run --due`.
    Waiting,
}

impl Skip {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Role => "role",
            Self::NotInstalled => "not_installed",
            Self::Extension => "extension",
            Self::Vanished => "vanished",
            Self::Waiting => "waiting",
        }
    }
}

/// Why a server does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// It is not reached, does not answer in time, or is starting or stopping.
    NoAnswer,
    /// All its connections are in use.
    TooManyConnections,
}

/// The result of one check, for the server or for one database.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckReport {
    /// The check's name.
    pub check: String,
    /// The topic of the check; empty for a report that does not contain it.
    pub topic: String,
    /// The database, for a check of scope `database` judged by thresholds.
    pub database: Option<String>,
    /// One line for people.
    pub summary: String,
    /// When the check ran, in a report that contains several sweeps. Absent: at the start of the report.
    pub at: Option<Timestamp>,
    /// How often `posemo serve` runs the check; absent for a single run.
    pub interval: Option<Duration>,
    /// The time for the query and the judge.
    pub duration: Duration,
    /// The findings, the worst first.
    pub findings: Vec<Finding>,
    /// The metrics.
    pub metrics: Vec<Metric>,
    /// Why the check failed; its state is then Unknown or worse.
    pub error: Option<String>,
    /// Why the check was not run.
    pub skipped: Option<Skip>,
}

impl CheckReport {
    /// A report with a name only: no summary, findings, metrics or error.
    pub fn new(check: impl Into<String>, database: Option<String>) -> CheckReport {
        CheckReport {
            check: check.into(),
            topic: String::new(),
            database,
            summary: String::new(),
            at: None,
            interval: None,
            duration: Duration::ZERO,
            findings: Vec::new(),
            metrics: Vec::new(),
            error: None,
            skipped: None,
        }
    }

    /// The report of a check that failed, with this state.
    pub fn failed(check: impl Into<String>, state: State, error: &str) -> CheckReport {
        let finding = Finding::new(state, error);
        CheckReport {
            summary: error.to_owned(),
            findings: if state == State::Unknown { Vec::new() } else { vec![finding] },
            error: Some(error.to_owned()),
            ..CheckReport::new(check, None)
        }
    }

    /// Sorts the findings, the worst first, and writes the summary. `quiet` is the summary without a finding.
    ///
    /// The summary of a check that was not run remains: it is the reason.
    pub fn summarize(&mut self, quiet: &str) {
        self.findings.sort_by_key(|finding| (finding.state.rank(), finding.suppressed.is_none()));
        if self.skipped.is_some() {
            return;
        }
        let bad = self.findings.iter().filter(|finding| finding.state != State::Ok).count();
        self.summary = match (self.findings.first(), &self.error) {
            (Some(worst), None) if bad > 1 => format!("{}; {} more", worst.summary, bad - 1),
            (Some(worst), Some(error)) if worst.state != State::Ok && worst.summary != *error => {
                format!("{}; not everything could be judged", worst.summary)
            }
            (_, Some(error)) => error.clone(),
            (Some(worst), None) => match worst.suppressed.as_deref() {
                Some(by) => format!("{} ({by})", worst.summary),
                None => worst.summary.clone(),
            },
            (None, None) => quiet.to_owned(),
        };
    }

    /// Whether it is a result of the run that began at this time, and not of an earlier one.
    pub fn is_of(&self, started: Timestamp) -> bool {
        self.skipped != Some(Skip::Waiting) && self.at.is_none_or(|at| at >= started)
    }

    /// The worst state of the findings; at least Unknown if there is an error.
    pub fn state(&self) -> State {
        let failed = self.error.as_ref().map(|_| State::Unknown);
        State::worst(self.findings.iter().map(|finding| finding.state).chain(failed))
    }
}

/// The results of checks.
pub type CheckReports = SharedList<CheckReport>;

/// The results of one target.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TargetReport {
    /// The target's name in the settings, or its address.
    pub target: String,
    /// The host or socket directory that answered, or was tried last.
    pub host: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// `server_version` without the packager's addition.
    pub server_version: Option<String>,
    /// Primary or standby.
    pub role: Option<ServerRole>,
    /// When the server started, in microseconds since 1970, if it was queried.
    pub server_start: Option<i64>,
    /// The profile of its checks.
    pub profile: Option<String>,
    /// Why the target could not be queried.
    pub error: Option<String>,
    /// The state if the server did not answer. `None` if it answered; with an error the state is then Unknown.
    pub no_answer: Option<State>,
    /// The reports of its checks.
    pub checks: CheckReports,
}

impl TargetReport {
    /// The reports of each check, in order: a check that ran in several databases has several reports.
    pub fn by_check(&self) -> Vec<(&str, Vec<&CheckReport>)> {
        let mut all: Vec<(&str, Vec<&CheckReport>)> = Vec::new();
        for report in &self.checks {
            match all.iter_mut().find(|(name, _)| *name == report.check) {
                Some((_, reports)) => reports.push(report),
                None => all.push((&report.check, vec![report])),
            }
        }
        all
    }

    /// The error, and the state that it means.
    pub fn failure(&self) -> Option<(State, &str)> {
        let state = self.no_answer.unwrap_or(State::Unknown);
        self.error.as_deref().map(|error| (state, error))
    }

    /// Whether a check's report only repeats the error of the target. It is one problem.
    pub fn repeats_failure(&self, check: &CheckReport) -> bool {
        self.error.is_some() && check.error == self.error
    }

    /// The worst state of the checks and of the error.
    pub fn state(&self) -> State {
        let failed = self.failure().map(|(state, _)| state);
        State::worst(self.checks.iter().map(CheckReport::state).chain(failed))
    }
}

/// A whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// When the run began.
    pub started: Timestamp,
    /// How long the run took.
    pub duration: Duration,
    /// The report of each target.
    pub targets: Vec<TargetReport>,
}

impl Report {
    /// The report of one target without a run.
    pub fn of_target(target: TargetReport, started: Timestamp) -> Report {
        Report { started, duration: Duration::ZERO, targets: vec![target] }
    }

    /// The report of a check that did not run.
    pub fn of_failure(check: &str, error: &str, started: Timestamp) -> Report {
        let check = CheckReport::failed(check, State::Unknown, error);
        Report::of_target(
            TargetReport { checks: vec![check].into(), ..TargetReport::default() },
            started,
        )
    }

    /// When the run began, as RFC 3339 in UTC, to the second.
    pub fn second(&self) -> String {
        second(self.started)
    }

    /// The worst state of the targets.
    pub fn state(&self) -> State {
        State::worst(self.targets.iter().map(TargetReport::state))
    }
}

/// The ids of a check's findings: stable from run to run, and unique within one check.
///
/// An id is a hash of target, database, check, object and labels. It does not depend on the text, which has numbers that
/// change. Findings that agree in all of these get a number, in their order.
pub fn ids(target: &str, report: &CheckReport) -> Vec<String> {
    let mut seen = BTreeMap::<String, u32>::new();
    report
        .findings
        .iter()
        .map(|finding| {
            let mut hash = Sha256::new();
            let labels = finding.labels.iter().flat_map(|(key, value)| [key, value]);
            let fixed = [target, report.database.as_deref().unwrap_or(""), &report.check];
            let object = finding.object.as_deref().unwrap_or("");
            for part in fixed.into_iter().chain([object]).chain(labels.map(String::as_str)) {
                hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
                hash.update(part);
            }
            let id = hash.finalize()[..8]
                .iter()
                .fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
            let count = seen.entry(id.clone()).or_default();
            *count += 1;
            if *count == 1 { id } else { format!("{id}-{count}") }
        })
        .collect()
}
