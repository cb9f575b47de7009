//! Says a report as metrics for Prometheus: its text format 0.0.4, or OpenMetrics 1.0.
//!
//! Samples have no time of their own: whoever reads the file says when it was read, and the report says when
//! it was made in a metric.

use std::io::{self, Write};

use self::families::{Families, Sample};
use super::remark::name;
use crate::finding::State;
use crate::finding::report::{CheckReport, Report, Skip, TargetReport};

mod families;
mod names;

/// The two ways of writing the same metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `text/plain; version=0.0.4`.
    Text,
    /// `application/openmetrics-text; version=1.0.0`.
    OpenMetrics,
}

/// What is known of every run, with the name and the help of its metric.
const STATE: (&str, &str) =
    ("posemo_check_state", "State of a check: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.");
const DURATION: (&str, &str) =
    ("posemo_check_duration_seconds", "How long asking and judging a check took.");
const FINDINGS: (&str, &str) = ("posemo_check_findings", "What a check found, by state.");
const SKIPPED: (&str, &str) =
    ("posemo_check_skipped", "1 for a check that was not asked, with the reason.");
const UP: (&str, &str) = ("posemo_up", "1 if the target could be asked, else 0.");
const TARGET: (&str, &str) = ("posemo_target_info", "The server that a target is at the moment.");
const BUILD: (&str, &str) = ("posemo_build_info", "The posemo that made this report.");
const RUN: (&str, &str) =
    ("posemo_last_run_timestamp_seconds", "When the run that this report is about began.");
const RUN_DURATION: (&str, &str) = ("posemo_run_duration_seconds", "How long the run took.");
const LEFT_OUT: (&str, &str) =
    ("posemo_samples_left_out", "Numbers of checks that this report has no series for.");

/// Says the report.
pub(super) fn write(report: &Report, dialect: Dialect, out: &mut dyn Write) -> io::Result<()> {
    let mut families = Families::default();
    of_run(report, &mut families);
    for target in &report.targets {
        of_target(target, &mut families);
        for check in &target.checks {
            of_check(target, check, &mut families);
        }
    }
    for target in &report.targets {
        for check in &target.checks {
            of_metrics(target, check, &mut families);
        }
    }
    for target in &report.targets {
        let count = families.left_out(name(target));
        families.gauge(LEFT_OUT, Sample::of(count).label("target", name(target)));
    }
    families.write(dialect, out)
}

fn of_run(report: &Report, families: &mut Families) {
    let version = Sample::of(1.0).label("version", env!("CARGO_PKG_VERSION"));
    families.gauge(BUILD, version);
    families.gauge(RUN, Sample::of(report.started.as_duration().as_secs_f64()));
    families.gauge(RUN_DURATION, Sample::of(report.duration.as_secs_f64()));
}

fn of_target(target: &TargetReport, families: &mut Families) {
    let up = if target.error.is_some() { 0.0 } else { 1.0 };
    families.gauge(UP, Sample::of(up).label("target", name(target)));
    let port = target.port.map(|port| port.to_string()).unwrap_or_default();
    let info = Sample::of(1.0)
        .label("target", name(target))
        .label("host", target.host.as_deref().unwrap_or_default())
        .label("port", &port)
        .label("role", target.role.map_or("", crate::finding::report::ServerRole::name))
        .label("server_version", target.server_version.as_deref().unwrap_or_default());
    families.gauge(TARGET, info);
}

fn of_check(target: &TargetReport, check: &CheckReport, families: &mut Families) {
    if let Some(skip) = check.skipped {
        families.gauge(SKIPPED, sample(1.0, target, check).label("reason", Skip::name(skip)));
        return;
    }
    let state = f64::from(check.state().exit_code());
    families.gauge(STATE, sample(state, target, check));
    families.gauge(DURATION, sample(check.duration.as_secs_f64(), target, check));
    for state in State::ALL {
        let found = check.findings.iter().filter(|finding| finding.state == state).count();
        families.gauge(FINDINGS, sample(count(found), target, check).label("state", state.name()));
    }
}

fn of_metrics(target: &TargetReport, check: &CheckReport, families: &mut Families) {
    for metric in &check.metrics {
        let value = names::value(metric);
        let sample = sample(value, target, check)
            .label("object", metric.object.as_deref().unwrap_or_default());
        families.metric(&names::metric(&check.check, metric), name(target), sample);
    }
}

fn sample(value: f64, target: &TargetReport, check: &CheckReport) -> Sample {
    Sample::of(value)
        .label("target", name(target))
        .label("check", &check.check)
        .label("database", check.database.as_deref().unwrap_or_default())
}

/// Exact: there are never as many as a float cannot count.
fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}
