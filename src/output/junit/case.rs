//! The test case for a check: its name, its outcome and its texts.
//!
//! All texts are plain, so that they contain no character that XML 1.0 forbids.

use std::time::Duration;

use crate::finding::State;
use crate::finding::metric::Metric;
use crate::finding::report::{CheckReport, OWN, TargetReport};
use crate::output::remark::{Remark, details, or_no_text, remarks, summary};
use crate::text::visible::visible;

/// A test case.
pub(super) struct TestCase {
    /// The check, with its database if it ran in one.
    pub(super) name: String,
    /// The time for the query and the judge.
    pub(super) time: Duration,
    /// How the case ended.
    pub(super) outcome: TestOutcome,
    /// The lines of the case's output.
    pub(super) output: String,
}

/// How a test case ended.
pub(super) enum TestOutcome {
    /// The state is OK.
    Passed,
    /// The check was skipped.
    Skipped {
        /// The reason.
        message: String,
    },
    /// The state is not OK.
    Failed {
        /// The state.
        state: State,
        /// One line.
        message: String,
        /// All problems, in lines.
        text: String,
    },
}

/// The cases of a target. The first is about the server itself.
pub(super) fn cases(target: &TargetReport) -> Vec<TestCase> {
    // posemo's own report, for example on databases that are not monitored, is about the server too.
    let (own, checks): (Vec<_>, Vec<_>) =
        target.checks.iter().partition(|report| report.check == OWN && target.error.is_none());
    let server = server_case(target, own.first().copied());
    std::iter::once(server).chain(checks.into_iter().map(check_case)).collect()
}

fn server_case(target: &TargetReport, own: Option<&CheckReport>) -> TestCase {
    let outcome = target.failure().map_or(TestOutcome::Passed, |(state, error)| {
        let message = visible(or_no_text(error));
        TestOutcome::Failed { state, text: message.clone(), message }
    });
    let facts = [
        target.server_version.as_ref().map(|version| format!("PostgreSQL {version}")),
        target.role.map(|role| role.name().to_owned()),
    ];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let case =
        TestCase { name: OWN.to_owned(), time: Duration::ZERO, outcome, output: visible(&facts) };
    match own.map(check_case) {
        Some(own) => TestCase { output: format!("{}\n{}", case.output, own.output), ..own },
        None => case,
    }
}

fn check_case(check: &CheckReport) -> TestCase {
    let name = match &check.database {
        Some(database) => format!("{} ({database})", check.check),
        None => check.check.clone(),
    };
    let message = visible(&summary(check));
    let (problems, others): (Vec<_>, Vec<_>) =
        remarks(check).into_iter().partition(|remark| remark.state != State::Ok);
    let metrics = check.metrics.iter().map(metric_line).collect::<String>();
    let mut output = lines(&others) + &metrics;
    let outcome = if check.skipped.is_some() {
        TestOutcome::Skipped { message }
    } else if check.state() == State::Ok {
        output = format!("{message}\n{output}");
        TestOutcome::Passed
    } else {
        let text = lines(&problems).trim_end().to_owned();
        TestOutcome::Failed { state: check.state(), message, text }
    };
    TestCase {
        name: visible(&name),
        time: check.duration,
        outcome,
        output: output.trim_end().to_owned(),
    }
}

/// Each remark in a line, with its details indented below.
fn lines(remarks: &[Remark]) -> String {
    let block = |remark: &Remark| {
        let first = format!("[{}] {}\n", remark.state.label(), visible(&remark.text));
        let details = remark.finding.map(details).unwrap_or_default();
        let details = details.iter().map(|detail| format!("    {}\n", visible(detail)));
        first + &details.collect::<String>()
    };
    remarks.iter().map(block).collect()
}

/// A metric with its exact value: `used{public.orders} = 82.0 percent (warning 80, critical 95)`.
fn metric_line(metric: &Metric) -> String {
    let name = visible(&metric.name);
    let object = metric.object.as_ref().map(|object| format!("{{{}}}", visible(object)));
    let ranges = [("warning", &metric.warning), ("critical", &metric.critical)];
    let ranges = ranges.into_iter().filter_map(|(level, range)| Some((level, range.as_ref()?)));
    let ranges = ranges.map(|(level, range)| format!("{level} {range}"));
    let ranges = ranges.collect::<Vec<_>>().join(", ");
    let ranges = if ranges.is_empty() { ranges } else { format!(" ({ranges})") };
    let (object, unit) = (object.unwrap_or_default(), metric.unit.name());
    format!("{name}{object} = {:?} {unit}{ranges}\n", metric.value)
}
