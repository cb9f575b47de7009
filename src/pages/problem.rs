//! The problems of a target: what is wrong now, one entry for each finding, for the failure of a check and for an outage.
//!
//! A finding that is OK is a notice: something to know, or a problem that does not count yet.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::address::{check_address, encoded};
use crate::board::TargetBoard;
use crate::finding::report::{CheckReport, OWN, ServerRole, Skip, ids};
use crate::finding::{Finding, State, Suppressed};
use crate::history::change::{FAILURE, OUTAGE};
use crate::history::silence::{OwnSilence, ProblemPlace};

/// A result is too old after this many intervals.
const TOO_OLD: u32 = 3;

/// A result is never too old before this time.
const PATIENCE: Duration = Duration::from_secs(120);

/// A problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The target.
    pub target: String,
    /// The version and the role of the server, as far as they are known.
    pub server: String,
    /// Its groups.
    pub groups: Vec<String>,
    /// The check; empty for an outage of the server.
    pub check: String,
    /// The topic of the check.
    pub topic: String,
    /// The database, for a check that ran in it.
    pub database: Option<String>,
    /// The id of the finding, `failure` or `outage`.
    pub finding: String,
    /// The object.
    pub object: Option<String>,
    /// The state; that without the suppression, if it is suppressed. OK for a notice.
    pub state: State,
    /// One line.
    pub summary: String,
    /// More lines.
    pub description: Option<String>,
    /// Where to read more.
    pub read_more_url: Option<String>,
    /// Names and values.
    pub labels: BTreeMap<String, String>,
    /// Rules of assessments.
    pub references: Vec<String>,
    /// Since when it exists.
    pub since: Option<Timestamp>,
    /// When it was seen last.
    pub seen: Option<Timestamp>,
    /// Why it does not alarm.
    pub suppressed: Option<Suppressed>,
}

impl Problem {
    /// Whether it is an outage of the server.
    pub fn is_outage(&self) -> bool {
        self.check.is_empty()
    }

    /// Its page.
    pub fn page(&self) -> String {
        match self.finding.as_str() {
            OUTAGE => format!("/targets/{}", encoded(&self.target)),
            FAILURE => check_address(&self.target, &self.check, self.database.as_deref()),
            id => format!("/findings/{}", encoded(id)),
        }
    }

    /// Whether it is a problem that sends alerts.
    pub fn is_loud(&self) -> bool {
        self.suppressed.is_none() && !self.is_notice()
    }

    /// Whether it is only a notice.
    pub fn is_notice(&self) -> bool {
        self.state == State::Ok
    }

    fn place(&self) -> ProblemPlace<'_> {
        ProblemPlace {
            check: Some(self.check.as_str()).filter(|check| !check.is_empty()),
            database: self.database.as_deref(),
            object: self.object.as_deref(),
            finding: &self.finding,
        }
    }

    fn key(&self) -> (u8, bool, Option<Timestamp>, &str, &str) {
        // An outage explains more than a finding.
        (self.state.rank(), !self.is_outage(), self.since, &self.target, &self.check)
    }
}

/// The problems of targets, the worst first, of these the oldest first.
pub fn problems<'b>(
    targets: impl IntoIterator<Item = &'b TargetBoard>,
    silences: &[OwnSilence],
    now: Timestamp,
) -> Vec<Problem> {
    let of_target = |target| of_target(target, silences, now);
    let mut all: Vec<Problem> = targets.into_iter().flat_map(of_target).collect();
    all.sort_by(|one, other| one.key().cmp(&other.key()));
    all
}

/// The problems of a target, also those that are suppressed. During an outage, those of its checks are not known.
pub fn of_target(target: &TargetBoard, silences: &[OwnSilence], now: Timestamp) -> Vec<Problem> {
    let report = target.loud();
    // In a maintenance window, each check has the outage as a suppressed finding.
    let is_outage = |finding: &&Finding| {
        finding.suppressed.is_some() && target.outage.as_ref() == Some(&finding.summary)
    };
    let in_window = report
        .checks
        .iter()
        .flat_map(|check| &check.findings)
        .find(is_outage)
        .filter(|_| report.error.is_none());
    let known = report.failure().map(|(state, error)| (state, error, None));
    let known = known.or_else(|| {
        let finding = in_window?;
        let by = finding.suppressed.as_deref()?;
        Some((by.state, finding.summary.as_str(), Some(by.clone())))
    });
    let outage = known.map(|(state, error, suppressed)| Problem {
        state,
        summary: error.to_owned(),
        finding: OUTAGE.to_owned(),
        since: target.since.get(&(String::new(), None, OUTAGE.to_owned())).copied(),
        seen: target.swept,
        suppressed,
        ..of_nothing(target)
    });
    let checks = report.checks.iter().filter(|check| !report.repeats_failure(check));
    let of_checks = checks.flat_map(|check| of_check(target, check));
    let of_checks = of_checks
        .filter(|problem| in_window.is_none_or(|outage| problem.summary != outage.summary));
    let mut all: Vec<Problem> = outage.into_iter().chain(of_checks).collect();
    let is_for = |silence: &&OwnSilence| {
        silence.is_active(now) && silence.scope.is_for(&report.target, &target.groups)
    };
    let silences: Vec<&OwnSilence> = silences.iter().filter(is_for).collect();
    for problem in all.iter_mut().filter(|problem| problem.is_loud()) {
        let matches = |silence: &&&OwnSilence| silence.scope.matches(problem.place());
        problem.suppressed = silences.iter().find(matches).map(|one| one.note(problem.state));
    }
    all
}

/// The problems of one report of a check, also those that are suppressed.
pub fn of_check(target: &TargetBoard, check: &CheckReport) -> Vec<Problem> {
    let since = |id: &str| {
        let key = (check.check.clone(), check.database.clone(), id.to_owned());
        target.since.get(&key).copied()
    };
    let base = Problem {
        check: check.check.clone(),
        topic: check.topic.clone(),
        database: check.database.clone(),
        seen: check.at,
        ..of_nothing(target)
    };
    let findings = ids(&target.report.target, check).into_iter().zip(&check.findings);
    let mut problems: Vec<Problem> = findings
        .map(|(id, finding)| Problem {
            since: since(&id),
            finding: id,
            ..of_finding(finding, &base)
        })
        .collect();
    let repeated = |error: &&String| check.findings.iter().any(|one| one.summary.contains(*error));
    if let Some(error) = check.error.as_ref().filter(|error| !repeated(error)) {
        problems.push(Problem {
            state: State::Unknown,
            summary: error.clone(),
            finding: FAILURE.to_owned(),
            since: since(FAILURE),
            ..base
        });
    }
    problems
}

fn of_finding(finding: &Finding, base: &Problem) -> Problem {
    let suppressed = finding.suppressed.as_deref().cloned();
    let state = suppressed.as_ref().map_or(finding.state, |by| by.state);
    Problem {
        object: finding.object.clone(),
        state,
        summary: finding.summary.clone(),
        description: finding.description.clone(),
        read_more_url: finding.read_more_url.clone(),
        labels: finding.labels.clone(),
        references: finding.references.to_vec(),
        suppressed,
        ..base.clone()
    }
}

fn of_nothing(target: &TargetBoard) -> Problem {
    Problem {
        target: target.report.target.clone(),
        server: [target.report.server_version.as_deref(), target.report.role.map(ServerRole::name)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", "),
        groups: target.groups.clone(),
        check: String::new(),
        topic: String::new(),
        database: None,
        finding: String::new(),
        object: None,
        state: State::Ok,
        summary: String::new(),
        description: None,
        read_more_url: None,
        labels: BTreeMap::new(),
        references: Vec::new(),
        since: None,
        seen: None,
        suppressed: None,
    }
}

/// Whether the result of a check is too old: it did not run for three of its intervals.
pub fn is_late(check: &CheckReport, now: Timestamp) -> bool {
    let (Some(at), Some(interval)) = (check.at, check.interval) else { return false };
    check.check != OWN && now.duration_since(at).unsigned_abs() > PATIENCE.max(interval * TOO_OLD)
}

/// Whether a check has not run yet.
pub fn is_waiting(check: &CheckReport) -> bool {
    check.skipped == Some(Skip::Waiting)
}
