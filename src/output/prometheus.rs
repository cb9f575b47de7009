//! Writes a report as metrics for Prometheus: its text format 0.0.4, or OpenMetrics 1.0.
//!
//! Samples have no timestamp: Prometheus uses the time of reading. The start of the run is a metric.

use std::io::{self, Write};

use self::families::{MetricFamilies, Sample};
use super::remark::target_name;
use crate::finding::State;
use crate::finding::metric::{MetricKind, Unit};
use crate::finding::report::{CheckReport, Report, ServerRole, Skip, TargetReport};

pub(super) use self::families::Dialect;

mod families;
mod names;

// The names of the metrics that do not come from a check, each with its help text.
const STATE: (&str, &str) =
    ("posemo_check_state", "State of a check: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.");
const DURATION: (&str, &str) =
    ("posemo_check_duration_seconds", "Time for the query and the judge of a check.");
const RAN: (&str, &str) =
    ("posemo_check_last_run_timestamp_seconds", "When posemo serve ran the check.");
const FINDINGS: (&str, &str) =
    ("posemo_check_findings", "Number of findings of a check, by state.");
const SKIPPED: (&str, &str) =
    ("posemo_check_skipped", "1 for a check that was skipped, with the reason.");
const UP: (&str, &str) = ("posemo_up", "1 if the target could be queried, else 0.");
const TARGET: (&str, &str) =
    ("posemo_target_info", "Address, version and role of the server of a target.");
const BUILD: (&str, &str) = ("posemo_build_info", "Version of the posemo that wrote this report.");
const RUN: (&str, &str) = ("posemo_last_run_timestamp_seconds", "Start of the run of this report.");
const RUN_DURATION: (&str, &str) = ("posemo_run_duration_seconds", "Duration of the run.");
const LEFT_OUT: (&str, &str) =
    ("posemo_samples_left_out", "Number of values of checks that are omitted in this report.");

/// The name of the series of a metric of a check.
pub fn series(check: &str, metric: &str, unit: Unit, kind: MetricKind) -> String {
    let name = names::named(check, metric, unit, kind);
    let total = if kind == MetricKind::Counter { "_total" } else { "" };
    format!("{}{total}", name.base)
}

/// Writes the report.
pub(super) fn write(report: &Report, dialect: Dialect, out: &mut dyn Write) -> io::Result<()> {
    let mut families = MetricFamilies::default();
    add_run(report, &mut families);
    for target in &report.targets {
        add_target(target, &mut families);
        for check in &target.checks {
            add_check(target, check, &mut families);
        }
    }
    for target in &report.targets {
        for check in &target.checks {
            add_metrics(target, check, &mut families);
        }
    }
    for target in &report.targets {
        let count = families.left_out(target_name(target));
        families.gauge(LEFT_OUT, Sample::new(count).label("target", target_name(target)));
    }
    families.write(dialect, out)
}

fn add_run(report: &Report, families: &mut MetricFamilies) {
    let version = Sample::new(1.0).label("version", env!("CARGO_PKG_VERSION"));
    families.gauge(BUILD, version);
    families.gauge(RUN, Sample::new(report.started.as_duration().as_secs_f64()));
    families.gauge(RUN_DURATION, Sample::new(report.duration.as_secs_f64()));
}

fn add_target(target: &TargetReport, families: &mut MetricFamilies) {
    let up = if target.error.is_some() { 0.0 } else { 1.0 };
    families.gauge(UP, Sample::new(up).label("target", target_name(target)));
    let port = target.port.map(|port| port.to_string()).unwrap_or_default();
    let info = Sample::new(1.0)
        .label("target", target_name(target))
        .label("host", target.host.as_deref().unwrap_or_default())
        .label("port", &port)
        .label("role", target.role.map_or("", ServerRole::name))
        .label("server_version", target.server_version.as_deref().unwrap_or_default());
    families.gauge(TARGET, info);
}

fn add_check(target: &TargetReport, check: &CheckReport, families: &mut MetricFamilies) {
    if let Some(skip) = check.skipped {
        families.gauge(SKIPPED, sample(1.0, target, check).label("reason", Skip::name(skip)));
        return;
    }
    if let Some(at) = check.at {
        families.gauge(RAN, sample(at.as_duration().as_secs_f64(), target, check));
    }
    let state = f64::from(check.state().exit_code());
    families.gauge(STATE, sample(state, target, check));
    families.gauge(DURATION, sample(check.duration.as_secs_f64(), target, check));
    for state in State::ALL {
        let found = check.findings.iter().filter(|finding| finding.state == state).count();
        families.gauge(FINDINGS, sample(count(found), target, check).label("state", state.name()));
    }
}

fn add_metrics(target: &TargetReport, check: &CheckReport, families: &mut MetricFamilies) {
    for metric in &check.metrics {
        let value = names::value(metric);
        let sample = sample(value, target, check)
            .label("object", metric.object.as_deref().unwrap_or_default());
        families.metric(&names::metric(&check.check, metric), target_name(target), sample);
    }
}

fn sample(value: f64, target: &TargetReport, check: &CheckReport) -> Sample {
    Sample::new(value)
        .label("target", target_name(target))
        .label("check", &check.check)
        .label("database", check.database.as_deref().unwrap_or_default())
}

/// A count as a float, which is exact for all counts that occur.
fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}
