//! A report as the services of hosts: one a check and target, and one that says how asking went.
//!
//! It says nothing itself; how a service is written is for each format.

use std::time::Duration;

use crate::finding::metric::{Metric, MetricKind, Unit};
use crate::finding::report::{CheckReport, OWN, Report, TargetReport};
use crate::finding::{Finding, State};

use super::remark::{counted, in_words, skipped};
use crate::text::visible::is_plain;

/// What one service of one host is to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// The name of the target.
    pub target: String,
    /// The name of the check, or [`OWN`].
    pub name: String,
    /// The report of this check on this target alone, in all databases.
    pub report: Report,
}

/// The services of a report, target by target, the one of posemo's own first.
///
/// Reports of one check from several databases make one service, as `posemo check` says them together.
pub fn services(report: &Report) -> Vec<Service> {
    let mut services = Vec::new();
    for target in &report.targets {
        let service = |name: &str, alone: TargetReport| Service {
            target: target.target.clone(),
            name: name.to_owned(),
            report: Report {
                started: report.started,
                duration: report.duration,
                targets: vec![alone],
            },
        };
        services.push(service(OWN, own(target)));
        for (name, checks) in target.by_check() {
            services.push(service(name, alone(target, checks.into_iter().cloned().collect())));
        }
    }
    services
}

/// The target with nothing but these checks.
fn alone(target: &TargetReport, checks: Vec<CheckReport>) -> TargetReport {
    TargetReport {
        target: target.target.clone(),
        host: target.host.clone(),
        port: target.port,
        server_version: target.server_version.clone(),
        role: target.role,
        error: None,
        checks,
    }
}

/// Whether the server could be asked, and what came of it.
fn own(target: &TargetReport) -> TargetReport {
    let counts = counted(State::ALL, &target.checks);
    let findings = target.error.iter().map(|error| Finding::new(State::Unknown, error.clone()));
    let check = CheckReport {
        check: OWN.to_owned(),
        database: None,
        summary: target.error.clone().unwrap_or_else(|| said(target, counts)),
        duration: Duration::ZERO,
        findings: findings.collect(),
        metrics: counts.map(|(state, count)| number(state, count)).into(),
        error: None,
        skipped: None,
    };
    alone(target, vec![check])
}

fn said(target: &TargetReport, counts: [(State, usize); 4]) -> String {
    let states = in_words(counts).map(|(_, count)| count);
    let said = states.chain(skipped(std::slice::from_ref(target))).collect::<Vec<_>>();
    if said.is_empty() { "nothing was checked".to_owned() } else { said.join(", ") }
}

fn number(state: State, count: usize) -> Metric {
    Metric {
        name: state.name().to_owned(),
        object: None,
        value: f64::from(u32::try_from(count).unwrap_or(u32::MAX)),
        unit: Unit::Count,
        kind: MetricKind::Gauge,
        warning: None,
        critical: None,
    }
}

/// Why a name cannot be that of a host, if so: Nagios refuses some characters, and all of them are trouble.
pub fn refusal(host: &str, forbidden: &str) -> Option<String> {
    let bad = host.chars().find(|character| {
        forbidden.contains(*character) || character.is_control() || !is_plain(*character)
    });
    match bad {
        _ if host.trim().is_empty() => Some("has no name".to_owned()),
        _ if host.trim() != host => Some("begins or ends with a blank".to_owned()),
        Some(character) => Some(format!("has {character:?} in its name")),
        None => None,
    }
}

/// What Nagios allows in no name of a host, as it is configured where nobody changed that, and the mark
/// that parts the fields of its commands.
pub const FORBIDDEN_BY_NAGIOS: &str = "`~!$%^&*|'\"<>?,()=;\\";

/// What parts a host from a service in Icinga.
pub const FORBIDDEN_BY_ICINGA: &str = "!";
