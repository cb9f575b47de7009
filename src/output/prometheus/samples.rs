//! What of a report becomes a sample, and in which family.

use super::families::{MetricFamilies, Sample, SampleOf, SamplePlace};
use super::names;
use crate::finding::State;
use crate::finding::report::{CheckReport, Report, ServerRole, Skip};
use crate::output::remark::target_name;

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

/// All families of a report.
pub(super) fn families(report: &Report) -> MetricFamilies {
    let mut families = MetricFamilies::default();
    for (family, sample) in [(BUILD, build as SampleOf), (RUN, started), (RUN_DURATION, took)] {
        families.gauge(family, sample, SamplePlace::default());
    }
    for (number, target) in report.targets.iter().enumerate() {
        let of_target = SamplePlace { target: number, ..SamplePlace::default() };
        families.gauge(UP, up, of_target);
        families.gauge(TARGET, about, of_target);
        for (number, check) in target.checks.iter().enumerate() {
            add_check(check, SamplePlace { check: number, ..of_target }, &mut families);
        }
    }
    for (number, target) in report.targets.iter().enumerate() {
        let mut left_out = 0;
        for (position, check) in target.checks.iter().enumerate() {
            for (part, metric) in check.metrics.iter().enumerate() {
                let place = SamplePlace { target: number, check: position, part };
                let name = names::metric(&check.check, metric);
                left_out += usize::from(!families.metric(&name, metric.value, value, place));
            }
        }
        families.gauge(LEFT_OUT, omitted, SamplePlace { target: number, check: 0, part: left_out });
    }
    families
}

fn add_check(check: &CheckReport, place: SamplePlace, families: &mut MetricFamilies) {
    if check.skipped.is_some() {
        families.gauge(SKIPPED, skipped, place);
        return;
    }
    if check.at.is_some() {
        families.gauge(RAN, ran, place);
    }
    families.gauge(STATE, state, place);
    families.gauge(DURATION, duration, place);
    for part in 0..State::ALL.len() {
        families.gauge(FINDINGS, findings, SamplePlace { part, ..place });
    }
}

fn build(_: &Report, _: SamplePlace) -> Sample {
    Sample::new(1.0).label("version", env!("CARGO_PKG_VERSION"))
}

fn started(report: &Report, _: SamplePlace) -> Sample {
    Sample::new(report.started.as_duration().as_secs_f64())
}

fn took(report: &Report, _: SamplePlace) -> Sample {
    Sample::new(report.duration.as_secs_f64())
}

fn up(report: &Report, place: SamplePlace) -> Sample {
    let target = &report.targets[place.target];
    let up = if target.error.is_some() { 0.0 } else { 1.0 };
    Sample::new(up).label("target", target_name(target))
}

fn about(report: &Report, place: SamplePlace) -> Sample {
    let target = &report.targets[place.target];
    let port = target.port.map(|port| port.to_string()).unwrap_or_default();
    Sample::new(1.0)
        .label("target", target_name(target))
        .label("host", target.host.as_deref().unwrap_or_default())
        .label("port", &port)
        .label("role", target.role.map_or("", ServerRole::name))
        .label("server_version", target.server_version.as_deref().unwrap_or_default())
}

fn omitted(report: &Report, place: SamplePlace) -> Sample {
    let target = &report.targets[place.target];
    Sample::new(count(place.part)).label("target", target_name(target))
}

fn skipped(report: &Report, place: SamplePlace) -> Sample {
    let reason = check(report, place).skipped.map_or("", Skip::name);
    of_check(1.0, report, place).label("reason", reason)
}

fn ran(report: &Report, place: SamplePlace) -> Sample {
    let at = check(report, place).at.unwrap_or(report.started);
    of_check(at.as_duration().as_secs_f64(), report, place)
}

fn state(report: &Report, place: SamplePlace) -> Sample {
    of_check(f64::from(check(report, place).state().exit_code()), report, place)
}

fn duration(report: &Report, place: SamplePlace) -> Sample {
    of_check(check(report, place).duration.as_secs_f64(), report, place)
}

fn findings(report: &Report, place: SamplePlace) -> Sample {
    let state = State::ALL[place.part];
    let all = check(report, place).findings.iter();
    let found = all.filter(|finding| finding.state == state).count();
    of_check(count(found), report, place).label("state", state.name())
}

fn value(report: &Report, place: SamplePlace) -> Sample {
    let metric = &check(report, place).metrics[place.part];
    of_check(names::value(metric), report, place)
        .label("object", metric.object.as_deref().unwrap_or_default())
}

fn check(report: &Report, place: SamplePlace) -> &CheckReport {
    &report.targets[place.target].checks[place.check]
}

fn of_check(value: f64, report: &Report, place: SamplePlace) -> Sample {
    let check = check(report, place);
    Sample::new(value)
        .label("target", target_name(&report.targets[place.target]))
        .label("check", &check.check)
        .label("database", check.database.as_deref().unwrap_or_default())
}

/// A count as a float, which is exact for all counts that occur.
fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}
