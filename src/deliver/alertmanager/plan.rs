//! What is to be said of alerts: which are firing, which are over, and which of them nobody knows about.
//!
//! It sends and reads nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::finding::State;
use crate::finding::report::{CheckReport, Report, Skip};
use crate::output::alertmanager::labels::value;
use crate::output::alertmanager::{Alert, AlertOptions};

/// An alert that a member may still have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Remembered {
    /// As it was last said.
    pub(super) alert: Alert,
    /// Whether it was said to be over.
    pub(super) resolved: bool,
    /// When it is over for every member, whoever was told what.
    pub(super) until: Timestamp,
}

/// What is to be done.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// What every member is sent.
    pub(super) send: Vec<Alert>,
    /// What is written down.
    pub(super) remember: Vec<Remembered>,
    /// How many of those sent are firing.
    pub(super) firing: usize,
    /// How many of them are over.
    pub(super) resolved: usize,
}

/// What becomes of an alert that the report does not make again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The check was asked, and what it said is over.
    Resolve,
    /// The check could not be asked: it may well be as it was.
    Keep,
    /// The check was not part of this run: it is not for this run to say anything.
    Leave,
}

type Labels = BTreeMap<String, String>;

/// Holds what is firing now against what was said before.
pub(super) fn plan(
    report: &Report,
    manner: &AlertOptions<'_>,
    remembered: &[Remembered],
    current: Vec<Alert>,
    now: Timestamp,
) -> Plan {
    let known: HashMap<&Labels, &Remembered> =
        remembered.iter().map(|old| (&old.alert.labels, old)).collect();
    let things: HashSet<Labels> = current.iter().map(|alert| thing(&alert.labels)).collect();
    let firing: HashSet<Labels> = current.iter().map(|alert| alert.labels.clone()).collect();
    let ends_at = now.checked_add(manner.lifetime).unwrap_or(Timestamp::MAX);
    let mut plan = Plan::default();
    for mut alert in current {
        if let Some(old) = known.get(&alert.labels).filter(|old| !old.resolved) {
            alert.starts_at = old.alert.starts_at.min(now);
        }
        plan.fire(alert);
    }
    for old in remembered.iter().filter(|old| !firing.contains(&old.alert.labels)) {
        let alert = old.alert.clone();
        // One problem is never said with two severities at once.
        let fate = match fate(report, manner, &alert.labels) {
            _ if things.contains(&thing(&alert.labels)) => Fate::Resolve,
            fate => fate,
        };
        match fate {
            // A member that was away is told, too; those that know it say it to nobody again.
            // What is over has ended by now, also by a clock that has been set back since.
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
            Fate::Leave if old.until > now => plan.remember.push(old.clone()),
            Fate::Leave => {}
        }
    }
    plan
}

impl Plan {
    fn fire(&mut self, alert: Alert) {
        self.firing += 1;
        let until = alert.ends_at;
        self.remember.push(Remembered { alert: alert.clone(), resolved: false, until });
        self.send.push(alert);
    }

    /// Says it is over, for as long as a member may believe otherwise.
    fn resolve(&mut self, alert: Alert, until: Timestamp, now: Timestamp) {
        if until > now {
            self.resolved += 1;
            self.remember.push(Remembered { alert: alert.clone(), resolved: true, until });
            self.send.push(alert);
        }
    }
}

/// What an alert is about, whatever its severity.
fn thing(labels: &Labels) -> Labels {
    let mut thing = labels.clone();
    thing.remove("severity");
    thing
}

fn fate(report: &Report, manner: &AlertOptions<'_>, labels: &Labels) -> Fate {
    let label = |name: &str| labels.get(name).map(String::as_str).unwrap_or_default();
    let of_instance = |target: &&crate::finding::report::TargetReport| {
        manner.instance(target) == label("instance")
    };
    let targets: Vec<_> = report.targets.iter().filter(of_instance).collect();
    let name = label("check");
    if name.is_empty() {
        // That a target could not be asked is over once it could be.
        let asked = targets.iter().any(|target| target.error.is_none());
        return if asked { Fate::Resolve } else { Fate::Leave };
    }
    if targets.iter().any(|target| target.error.is_some()) {
        return Fate::Keep;
    }
    let checks = targets.iter().flat_map(|target| &target.checks);
    let checks: Vec<&CheckReport> = checks.filter(|check| value(&check.check) == name).collect();
    let database = label("database");
    let covers = |check: &&&CheckReport| {
        let asked = value(check.database.as_deref().unwrap_or_default());
        database.is_empty() || asked.is_empty() || asked == database
    };
    let mut covering = checks.iter().filter(covers).peekable();
    if checks.is_empty() {
        Fate::Leave
    } else if covering.clone().any(|check| is_unknown(check)) {
        Fate::Keep
    } else if covering.peek().is_some()
        && covering.all(|check| check.skipped == Some(Skip::NotInstalled))
    {
        Fate::Leave
    } else {
        Fate::Resolve
    }
}

/// Whether a check, or a part of what it looked at, could not be judged.
fn is_unknown(check: &CheckReport) -> bool {
    let unknown = |state: State| state == State::Unknown;
    check.error.is_some() || check.findings.iter().any(|finding| unknown(finding.state))
}

#[cfg(test)]
mod tests;
