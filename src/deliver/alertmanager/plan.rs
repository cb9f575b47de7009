//! Plans which alerts are sent as firing, which are sent as over, and which are recorded for the next run.
//!
//! It sends and reads nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::finding::State;
use crate::finding::report::{CheckReport, OWN, Report, Skip, TargetReport};
use crate::output::alertmanager::labels::value;
use crate::output::alertmanager::{Alert, AlertOptions};

/// An alert that a member may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordedAlert {
    /// The alert as it was last sent.
    pub(super) alert: Alert,
    /// Whether it was sent as over.
    pub(super) resolved: bool,
    /// When it is over for every member, also for one that received nothing since.
    pub(super) until: Timestamp,
}

/// What to send, and what to record.
#[derive(Debug, Default)]
pub(super) struct AlertPlan {
    /// The alerts for every member.
    pub(super) send: Vec<Alert>,
    /// The alerts to record.
    pub(super) record: Vec<RecordedAlert>,
    /// How many of the alerts to send are firing.
    pub(super) firing: usize,
    /// How many of the alerts to send are over.
    pub(super) resolved: usize,
}

/// What is done with a recorded alert that is not in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The check was evaluated and did not report it: it is sent as over.
    Resolve,
    /// The check was not evaluated: the problem may continue, so the alert is sent again.
    Keep,
    /// The check was not part of the run: nothing is sent.
    Leave,
}

type LabelMap = BTreeMap<String, String>;

/// Compares the alerts of a report with the recorded ones.
pub(super) fn plan(
    report: &Report,
    manner: &AlertOptions<'_>,
    recorded: &[RecordedAlert],
    current: Vec<Alert>,
    now: Timestamp,
) -> AlertPlan {
    let known: HashMap<&LabelMap, &RecordedAlert> =
        recorded.iter().map(|old| (&old.alert.labels, old)).collect();
    let problems: HashSet<LabelMap> = current.iter().map(|alert| problem(&alert.labels)).collect();
    let firing: HashSet<LabelMap> = current.iter().map(|alert| alert.labels.clone()).collect();
    let ends_at = now.checked_add(manner.lifetime).unwrap_or(Timestamp::MAX);
    let mut plan = AlertPlan::default();
    for mut alert in current {
        if let Some(old) = known.get(&alert.labels).filter(|old| !old.resolved) {
            alert.starts_at = old.alert.starts_at.min(now);
        }
        plan.fire(alert);
    }
    for old in recorded.iter().filter(|old| !firing.contains(&old.alert.labels)) {
        let alert = old.alert.clone();
        // A problem never has two severities at once.
        let fate = match fate(report, manner, &alert.labels) {
            _ if problems.contains(&problem(&alert.labels)) => Fate::Resolve,
            fate => fate,
        };
        match fate {
            // A member may have missed it; the others do not notify again. The end is not in the future, also
            // where the clock has been set back since.
            _ if old.resolved => {
                let ends_at = alert.ends_at.min(now);
                let starts_at = alert.starts_at.min(ends_at);
                plan.resolve(Alert { starts_at, ends_at, ..alert }, old.until, now);
            }
            Fate::Keep => {
                plan.fire(Alert { starts_at: alert.starts_at.min(now), ends_at, ..alert });
            }
            Fate::Resolve => {
                let starts_at = alert.starts_at.min(now);
                plan.resolve(Alert { starts_at, ends_at: now, ..alert }, old.until, now);
            }
            Fate::Leave if old.until > now => plan.record.push(old.clone()),
            Fate::Leave => {}
        }
    }
    plan
}

impl AlertPlan {
    fn fire(&mut self, alert: Alert) {
        self.firing += 1;
        let until = alert.ends_at;
        self.record.push(RecordedAlert { alert: alert.clone(), resolved: false, until });
        self.send.push(alert);
    }

    /// Sends an alert as over, as long as a member may have it as firing.
    fn resolve(&mut self, alert: Alert, until: Timestamp, now: Timestamp) {
        if until > now {
            self.resolved += 1;
            self.record.push(RecordedAlert { alert: alert.clone(), resolved: true, until });
            self.send.push(alert);
        }
    }
}

/// The labels of the problem: those of the alert without its severity.
fn problem(labels: &LabelMap) -> LabelMap {
    let mut problem = labels.clone();
    problem.remove("severity");
    problem
}

/// What is done with a recorded alert with these labels.
fn fate(report: &Report, manner: &AlertOptions<'_>, labels: &LabelMap) -> Fate {
    let label = |name: &str| labels.get(name).map(String::as_str).unwrap_or_default();
    let of_instance = |target: &&TargetReport| manner.instance(target) == label("instance");
    let targets: Vec<_> = report.targets.iter().filter(of_instance).collect();
    let name = label("check");
    if name.is_empty() {
        // The alert about a target that was not queried is over when it is queried, or is replaced by that for another
        // reason, which is in the report.
        // Checks of documents run without a query of the target.
        let is_own = |check: &CheckReport| check.check == OWN && is_waiting(check);
        let waits = |target: &&TargetReport| {
            target.error.is_none()
                && (target.checks.iter().all(is_waiting) || target.checks.iter().any(is_own))
        };
        return match &targets[..] {
            [] => Fate::Leave,
            targets if targets.iter().any(|one| !one.checks.is_empty() && waits(one)) => Fate::Keep,
            _ => Fate::Resolve,
        };
    }
    if targets.iter().any(|target| target.error.is_some()) {
        return Fate::Keep;
    }
    let checks = targets.iter().flat_map(|target| &target.checks);
    let checks: Vec<&CheckReport> = checks.filter(|check| value(&check.check) == name).collect();
    let database = label("database");
    let covers = |check: &&&CheckReport| {
        let covered = value(check.database.as_deref().unwrap_or_default());
        database.is_empty() || covered.is_empty() || covered == database
    };
    let mut covering = checks.iter().filter(covers).peekable();
    if checks.is_empty() {
        Fate::Leave
    } else if covering.clone().any(|check| is_unknown(check) || is_waiting(check)) {
        Fate::Keep
    } else if covering.peek().is_some()
        && covering.all(|check| check.skipped == Some(Skip::NotInstalled))
    {
        Fate::Leave
    } else {
        Fate::Resolve
    }
}

/// Whether a check failed, or has a finding with state Unknown.
fn is_unknown(check: &CheckReport) -> bool {
    let unknown = |state: State| state == State::Unknown;
    check.error.is_some() || check.findings.iter().any(|finding| unknown(finding.state))
}

/// Whether the check did not run yet, so that a problem of an earlier process may continue.
fn is_waiting(check: &CheckReport) -> bool {
    check.skipped == Some(Skip::Waiting)
}

#[cfg(test)]
mod tests;
