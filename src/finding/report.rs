//! The report of a run: the results of each target's checks, and the id of each finding.
//!
//! It is the same for every format.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::metric::Metric;
use super::{Finding, State};

/// The service in a monitoring system that reports whether the server could be queried.
pub const OWN: &str = "posemo";

/// Whether a server accepts writes at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerRole {
    /// Accepts writes.
    Primary,
    /// Is in recovery.
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
    /// The server's major version does not have what it asks for.
    Version,
    /// It is for a primary, and this is a standby, or the other way round.
    Role,
    /// Its function is not on the server.
    NotInstalled,
}

impl Skip {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Role => "role",
            Self::NotInstalled => "not_installed",
        }
    }
}

/// What one check said, once for the cluster or once for a database.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckReport {
    /// The check's name.
    pub check: String,
    /// The database, for a check of scope `database` judged by thresholds.
    pub database: Option<String>,
    /// One line.
    pub summary: String,
    /// How long asking and judging took.
    pub duration: Duration,
    /// What the judge found, the worst first.
    pub findings: Vec<Finding>,
    /// The numbers.
    pub metrics: Vec<Metric>,
    /// Why it could not be found out; the state is Unknown then.
    pub error: Option<String>,
    /// Why it was not asked.
    pub skipped: Option<Skip>,
}

impl CheckReport {
    /// A report without findings, metrics, error and summary.
    pub fn new(check: impl Into<String>, database: Option<String>) -> CheckReport {
        CheckReport {
            check: check.into(),
            database,
            summary: String::new(),
            duration: Duration::ZERO,
            findings: Vec::new(),
            metrics: Vec::new(),
            error: None,
            skipped: None,
        }
    }

    /// The worst of the findings; Unknown at the least where there is an error.
    pub fn state(&self) -> State {
        let failed = self.error.as_ref().map(|_| State::Unknown);
        State::worst(self.findings.iter().map(|finding| finding.state).chain(failed))
    }
}

/// What one server said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TargetReport {
    /// The target's name in the configuration, or how it was reached.
    pub target: String,
    /// The host or socket directory that answered, or was tried.
    pub host: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// `server_version` without the packager's addition.
    pub server_version: Option<String>,
    /// Primary or standby.
    pub role: Option<ServerRole>,
    /// Why it could not be asked at all; the state is Unknown then.
    pub error: Option<String>,
    /// What its checks said.
    pub checks: Vec<CheckReport>,
}

impl TargetReport {
    /// Its checks by name, in their order: one that was asked in several databases has a report of each.
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

    /// The worst of the checks; Unknown at the least where there is an error.
    pub fn state(&self) -> State {
        let failed = self.error.as_ref().map(|_| State::Unknown);
        State::worst(self.checks.iter().map(CheckReport::state).chain(failed))
    }
}

/// A whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// What each server said, in the order of asking.
    pub targets: Vec<TargetReport>,
}

impl Report {
    /// When it began, as RFC 3339 in UTC, to the second.
    pub fn second(&self) -> String {
        self.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The worst of the targets.
    pub fn state(&self) -> State {
        State::worst(self.targets.iter().map(TargetReport::state))
    }
}

/// The ids of a check's findings: stable from run to run, and never equal within one check.
///
/// Made of target, database, check, object and labels. The text is left out, as it holds numbers that
/// change. Findings that agree in all of these are told apart by their order.
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
