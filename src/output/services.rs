//! Divides a report into the services of hosts: one for each check of a target, and one that reports whether the target
//! could be queried.

use crate::finding::metric::Metric;
use crate::finding::report::{CheckReport, OWN, Report, Skip, TargetReport};
use crate::finding::{Finding, State};

use super::remark::{count_states, nonzero, other_counts};

/// The report of one service of one host.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceReport {
    /// The name of the target.
    pub target: String,
    /// The name of the check, or [`OWN`].
    pub name: String,
    /// The report of this check on this target, in all databases.
    pub report: Report,
}

/// The services of a report, target by target. The first service of each target is [`OWN`], unless the target was not
/// queried because none of its checks was due.
///
/// The reports of one check in several databases make one service, as with `posemo check`. Results of earlier runs are
/// counted in [`OWN`], and make no service.
pub fn services(report: &Report) -> Vec<ServiceReport> {
    let mut services = Vec::new();
    for target in &report.targets {
        let service = |name: &str, checks: Vec<CheckReport>| ServiceReport {
            target: target.target.clone(),
            name: name.to_owned(),
            report: Report {
                started: report.started,
                duration: report.duration,
                targets: vec![with_checks(target, checks)],
            },
        };
        let waits =
            |check: &CheckReport| check.check == OWN && check.skipped == Some(Skip::Waiting);
        if target.error.is_some() || !target.checks.iter().any(waits) {
            services.push(service(OWN, vec![own_check(target)]));
        }
        let of_checks = target.by_check().into_iter().filter(|(name, checks)| {
            *name != OWN && checks.iter().any(|check| check.is_of(report.started))
        });
        for (name, checks) in of_checks {
            services.push(service(name, checks.into_iter().cloned().collect()));
        }
    }
    services
}

/// The target with other checks, and without its error.
fn with_checks(target: &TargetReport, checks: Vec<CheckReport>) -> TargetReport {
    TargetReport {
        target: target.target.clone(),
        host: target.host.clone(),
        port: target.port,
        server_version: target.server_version.clone(),
        role: target.role,
        server_start: target.server_start,
        profile: target.profile.clone(),
        error: None,
        no_answer: None,
        checks: checks.into(),
    }
}

/// Whether the target could be queried, and the number of checks in each state.
fn own_check(target: &TargetReport) -> CheckReport {
    let own = target.checks.iter().find(|check| check.check == OWN);
    let checks = target.checks.iter().filter(|check| check.check != OWN);
    let counts = count_states(State::ALL, checks);
    let findings = target.failure().into_iter().map(|(state, error)| Finding::new(state, error));
    let findings = findings.chain(own.into_iter().flat_map(|check| check.findings.clone()));
    let metric = |(state, count): (State, usize)| {
        Metric::count(state.name(), f64::from(u32::try_from(count).unwrap_or(u32::MAX)))
    };
    let mut check = CheckReport::new(OWN, None);
    check.interval = target.checks.iter().filter_map(|check| check.interval).min();
    check.summary = match (&target.error, own) {
        (Some(error), _) => error.clone(),
        (None, Some(own)) if own.state() != State::Ok => own.summary.clone(),
        (None, _) => counts_summary(target, counts),
    };
    check.findings = findings.collect();
    check.metrics = counts.map(metric).into();
    check
}

fn counts_summary(target: &TargetReport, counts: [(State, usize); 4]) -> String {
    let counts = nonzero(counts).map(|(_, count)| count);
    let counts: Vec<String> = counts.chain(other_counts(std::slice::from_ref(target))).collect();
    if counts.is_empty() { "nothing was checked".to_owned() } else { counts.join(", ") }
}
