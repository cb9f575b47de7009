//! Reports and receivers for the tests: reports of the golden files that begin now, and reports of one check.

use std::path::Path;
use std::time::Duration;

use indexmap::IndexMap;
use posemo::definitions::{DefinitionPlan, HostDefinition, ServiceDefinition};
use posemo::finding::metric::{Metric, MetricKind, Unit};
use posemo::finding::report::{CheckReport, Report, TargetReport};
use posemo::finding::{Finding, State};
use posemo::output::nagios::{PluginOutput, PluginSubject};
use posemo::output::services::{ServiceReport, services};
use posemo::settings::receiver::{AlertmanagerSettings, HttpSettings, Receiver, ReceiverKind};

use crate::output::reports::report;
use crate::waiting::patience;

/// The reports whose hosts have names that every receiver accepts, or that get such names.
pub(super) const REPORTS: [&str; 9] =
    ["quiet", "day", "lag", "skipped", "databases", "targets", "script", "hostile", "flood"];

/// The same report, ending now: receivers ignore old results and results from the future.
pub(super) fn now(report: Report) -> Report {
    Report { started: jiff::Timestamp::now() - report.duration, ..report }
}

/// The report with this name, ending now.
pub(super) fn current(name: &str) -> Report {
    now(report(name))
}

/// The same with hosts that no other report has.
pub(super) fn now_on_own_hosts(name: &str) -> Report {
    let mut report = current(name);
    for (number, target) in report.targets.iter_mut().enumerate() {
        let host = if name == "hostile" { number.to_string() } else { target.target.clone() };
        target.target = format!("{name}-{host}");
    }
    report
}

/// A report of one check in a state, on host `lag-db1`.
pub(super) fn in_state(state: State, text: &str) -> Report {
    let mut report = now_on_own_hosts("lag");
    let check = &mut report.targets[0].checks[0];
    text.clone_into(&mut check.summary);
    check.findings = vec![Finding::new(state, text)];
    report
}

/// Many hosts with many checks, all in state OK.
pub(super) fn many(hosts: usize, checks: usize) -> Report {
    let mut report = now_on_own_hosts("lag");
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
            checks: checks.clone().into(),
            ..target.clone()
        })
        .collect();
    report
}

/// A report of replication lag on `db1`. In state Unknown the check failed.
pub(super) fn lag(state: State, seconds: f64) -> Report {
    let metric = Metric {
        name: "lag".to_owned(),
        object: Some("standby 1".to_owned()),
        value: seconds,
        unit: Unit::Seconds,
        kind: MetricKind::Gauge,
        warning: "60".parse().ok(),
        critical: "300".parse().ok(),
    };
    let text = format!("standby 1 is {seconds} s behind; \"größe\" | 50 % = a\\b");
    let finding = Finding {
        description: Some("First line\n\nThird line".to_owned()),
        read_more_url: Some("https://example.org/lag?a=1&b=2".to_owned()),
        ..Finding::new(state, text).about(Some("standby 1".to_owned()))
    };
    let unknown = state == State::Unknown;
    let is_problem = matches!(state, State::Warning | State::Critical);
    let check = CheckReport {
        topic: "replication".to_owned(),
        summary: "lag".to_owned(),
        duration: Duration::from_millis(2),
        findings: if is_problem { vec![finding] } else { vec![] },
        metrics: if unknown { vec![] } else { vec![metric] },
        error: unknown.then(|| "permission denied for schema posemo".to_owned()),
        ..CheckReport::new("replication_lag", None)
    };
    let target = TargetReport {
        target: "db1".to_owned(),
        checks: vec![check].into(),
        ..TargetReport::default()
    };
    now(Report {
        started: jiff::Timestamp::UNIX_EPOCH,
        duration: Duration::from_millis(5),
        targets: vec![target],
    })
}

/// The services of a report, each with the exit code and the output that a receiver must have.
pub(super) fn expected(report: &Report, most: usize) -> Vec<(ServiceReport, u8, PluginOutput)> {
    let services = services(report).into_iter();
    let expected = services.map(|service| {
        let output = PluginOutput::new(&service.report, PluginSubject::Check(&service.name), most);
        let code = service.report.state().exit_code();
        (service, code, output)
    });
    expected.collect()
}

/// Definitions of passive services for all services of the reports.
pub(super) fn plan(interval: Duration) -> DefinitionPlan {
    let mut hosts: Vec<HostDefinition> = Vec::new();
    let reports = REPORTS.iter().map(|name| now_on_own_hosts(name)).chain([many(25, 12)]);
    for service in reports.flat_map(|report| services(&report)) {
        let known = hosts.iter().position(|host| host.name == service.target);
        let position = known.unwrap_or_else(|| {
            hosts.push(HostDefinition {
                name: service.target.clone(),
                target: service.target.clone(),
                address: "127.0.0.1".to_owned(),
                services: Vec::new(),
            });
            hosts.len() - 1
        });
        let known = &mut hosts[position].services;
        if service.name != "posemo" && known.iter().all(|other| other.name != service.name) {
            known.push(ServiceDefinition {
                is_topic: false,
                summary: format!("what {} watches, with \"$x$\" and \\", service.name),
                topic: "availability".to_owned(),
                interval: Duration::from_secs(60),
                hold: None,
                watches: service.name == "alive",
                needs_server: true,
                name: service.name,
            });
        }
    }
    DefinitionPlan {
        program: "posemo".to_owned(),
        hosts,
        with_hosts: true,
        passive: Some(interval),
        ..DefinitionPlan::default()
    }
}

/// A receiver of a kind. Its hosts have the names of the targets.
pub(super) fn receiver(kind: ReceiverKind) -> Receiver {
    Receiver {
        name: "there".to_owned(),
        kind,
        interval: Duration::from_secs(300),
        timeout: patience(),
        hosts: IndexMap::new(),
    }
}

/// A cluster of Alertmanagers, with a label and a host name.
pub(super) fn alertmanagers(urls: &[String], directory: &Path) -> Receiver {
    let http = HttpSettings { urls: urls.to_vec(), ..HttpSettings::default() };
    let labels = IndexMap::from([("team".to_owned(), "dba".to_owned())]);
    let state_file = Some(directory.join("state/alerts.json"));
    let settings = AlertmanagerSettings { http, labels, state_file, watchdog: false };
    Receiver {
        name: "am".to_owned(),
        hosts: IndexMap::from([("db1".to_owned(), "db1.example".to_owned())]),
        ..receiver(ReceiverKind::Alertmanager(settings))
    }
}
