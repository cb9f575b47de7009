//! What a service is as a test case: its name, its verdict, and its texts.
//!
//! Every text is made plain here, with which it has no character that XML 1.0 forbids; no XML is written.

use std::fmt::Write;
use std::time::Duration;

use crate::finding::State;
use crate::finding::metric::Metric;
use crate::finding::report::{CheckReport, TargetReport};
use crate::output::remark::{Remark, details, remarks, said, summary};
use crate::text::visible::visible;

/// One test case.
pub(super) struct Case {
    /// The check, with its database where it is asked in several.
    pub(super) name: String,
    /// How long it took.
    pub(super) time: Duration,
    /// Whether it passed.
    pub(super) verdict: Verdict,
    /// What else there is to say, in lines.
    pub(super) output: String,
}

/// How a test case ended.
pub(super) enum Verdict {
    /// The state is OK.
    Passed,
    /// It was not asked.
    Skipped {
        /// Why.
        message: String,
    },
    /// The state is another one.
    Failed {
        /// Which.
        state: State,
        /// One line.
        message: String,
        /// Everything that is wrong, in lines.
        text: String,
    },
}

/// The cases of a target, the one about the server itself first.
pub(super) fn cases(target: &TargetReport) -> Vec<Case> {
    std::iter::once(server(target)).chain(target.checks.iter().map(service)).collect()
}

fn server(target: &TargetReport) -> Case {
    let verdict = target.error.as_deref().map_or(Verdict::Passed, |error| {
        let message = visible(said(error));
        Verdict::Failed { state: State::Unknown, text: message.clone(), message }
    });
    let facts = [
        target.server_version.as_ref().map(|version| format!("PostgreSQL {version}")),
        target.role.map(|role| role.name().to_owned()),
    ];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    Case { name: "posemo".to_owned(), time: Duration::ZERO, verdict, output: visible(&facts) }
}

fn service(check: &CheckReport) -> Case {
    let name = match &check.database {
        Some(database) => format!("{} ({database})", check.check),
        None => check.check.clone(),
    };
    let message = visible(&summary(check));
    let (bad, harmless): (Vec<_>, Vec<_>) =
        remarks(check).into_iter().partition(|remark| remark.state != State::Ok);
    let mut output = lines(&harmless);
    check.metrics.iter().for_each(|metric| say_metric(metric, &mut output));
    let verdict = if check.skipped.is_some() {
        Verdict::Skipped { message }
    } else if check.state() == State::Ok {
        output = format!("{message}\n{output}");
        Verdict::Passed
    } else {
        Verdict::Failed { state: check.state(), message, text: lines(&bad).trim_end().to_owned() }
    };
    Case {
        name: visible(&name),
        time: check.duration,
        verdict,
        output: output.trim_end().to_owned(),
    }
}

/// Each remark in a line, with what explains it indented below.
fn lines(remarks: &[Remark]) -> String {
    let mut text = String::new();
    for remark in remarks {
        say(&mut text, format_args!("[{}] {}\n", remark.state.label(), visible(&remark.text)));
        for detail in remark.finding.map(details).unwrap_or_default() {
            say(&mut text, format_args!("    {}\n", visible(&detail)));
        }
    }
    text
}

/// A metric with its exact value, as `used{public.orders} = 82.0 percent (warning 80, critical 95)`.
fn say_metric(metric: &Metric, text: &mut String) {
    say(text, format_args!("{}", visible(&metric.name)));
    if let Some(object) = &metric.object {
        say(text, format_args!("{{{}}}", visible(object)));
    }
    say(text, format_args!(" = {:?} {}", metric.value, metric.unit.name()));
    let ranges = [("warning", &metric.warning), ("critical", &metric.critical)];
    let ranges = ranges.into_iter().filter_map(|(level, range)| Some((level, range.as_ref()?)));
    let ranges = ranges.map(|(level, range)| format!("{level} {range}"));
    let ranges = ranges.collect::<Vec<_>>().join(", ");
    if !ranges.is_empty() {
        say(text, format_args!(" ({ranges})"));
    }
    text.push('\n');
}

fn say(text: &mut String, words: std::fmt::Arguments) {
    text.write_fmt(words).expect("writing into a string cannot fail");
}
