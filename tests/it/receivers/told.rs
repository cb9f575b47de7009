//! What receivers are told in these tests: reports, states one after the other, and what must arrive of them.
//!
//! It tells nobody.

use std::time::Duration;

use posemo::definitions::{Host, Plan, Service};
use posemo::finding::report::{CheckReport, Report, TargetReport};
use posemo::finding::{Finding, State};
use posemo::output::nagios::PluginOutput;
use posemo::output::services::{ServiceReport as Told, services};
use posemo::settings::receiver::{Kind, Receiver};

use crate::output::reports::report;
use crate::waiting::patience;

/// Reports for every trouble, each told of hosts that every receiver takes.
pub(super) const REPORTS: [&str; 9] =
    ["quiet", "day", "lag", "skipped", "databases", "targets", "script", "hostile", "flood"];

/// The report of that name, begun now, so that no receiver takes it for an old one, with hosts of its own.
pub(super) fn fresh(name: &str) -> Report {
    let mut report = report(name);
    // It ends now: no result is from the future.
    report.started = jiff::Timestamp::now() - report.duration;
    for (number, target) in report.targets.iter_mut().enumerate() {
        let host = if name == "hostile" { number.to_string() } else { target.target.clone() };
        target.target = format!("{name}-{host}");
    }
    report
}

/// A report of one check in a state, on `lag-db1`.
pub(super) fn in_state(state: State, text: &str) -> Report {
    let mut report = fresh("lag");
    let check = &mut report.targets[0].checks[0];
    text.clone_into(&mut check.summary);
    check.findings = vec![Finding::new(state, text)];
    report
}

/// Many hosts with many checks each, all well.
pub(super) fn many(hosts: usize, checks: usize) -> Report {
    let mut report = fresh("lag");
    let check = &report.targets[0].checks[0];
    let checks: Vec<CheckReport> = (0..checks)
        .map(|number| CheckReport {
            check: format!("check_{number}"),
            findings: Vec::new(),
            ..check.clone()
        })
        .collect();
    let target = report.targets[0].clone();
    report.targets = (0..hosts)
        .map(|number| TargetReport {
            target: format!("many{number}"),
            checks: checks.clone(),
            ..target.clone()
        })
        .collect();
    report
}

/// What each service is to be told: host, service, code, text, metrics.
pub(super) fn expected(report: &Report, most: usize) -> Vec<(Told, u8, PluginOutput)> {
    let told = services(report).into_iter();
    told.map(|service| {
        let output = PluginOutput::new(&service.report, Some(&service.name), most);
        let code = service.report.state().exit_code();
        (service, code, output)
    })
    .collect()
}

/// Definitions of passive services for everything that the reports tell.
pub(super) fn plan(interval: Duration) -> Plan {
    let mut hosts: Vec<Host> = Vec::new();
    let told = REPORTS.iter().map(|name| fresh(name)).chain([many(25, 12)]);
    for service in told.flat_map(|report| services(&report)) {
        let known = hosts.iter().position(|host| host.name == service.target);
        let position = known.unwrap_or_else(|| {
            hosts.push(Host {
                name: service.target.clone(),
                target: service.target.clone(),
                address: "127.0.0.1".to_owned(),
                services: Vec::new(),
            });
            hosts.len() - 1
        });
        let known = &mut hosts[position].services;
        if service.name != "posemo" && known.iter().all(|other| other.name != service.name) {
            known.push(Service {
                summary: format!("what {} watches, \"$x$\" and \\ included", service.name),
                topic: "availability".to_owned(),
                interval: Duration::from_secs(60),
                name: service.name,
            });
        }
    }
    Plan {
        program: "posemo".to_owned(),
        hosts,
        with_hosts: true,
        passive: Some(interval),
        ..Plan::default()
    }
}

/// A receiver of that kind, under the names that the targets have.
pub(super) fn receiver(kind: Kind) -> Receiver {
    Receiver {
        name: "there".to_owned(),
        kind,
        interval: Duration::from_secs(300),
        timeout: patience(),
        hosts: [].into_iter().collect(),
    }
}
