//! Writes a report as the XML of `JUnit`: a test suite for each target, a test case for each check.
//!
//! Ids and labels are omitted: the format has no element for them.

use std::io::{self, Write};
use std::time::Duration;

use crate::finding::State;
use crate::finding::report::{Report, TargetReport};

use self::case::{TestCase, TestOutcome, cases};
use super::remark::target_name;
use crate::text::visible::visible;
use crate::text::xml::XmlWriter;

mod case;

/// Writes the report.
///
/// The format has no warnings: WARNING is a failure of type `warning`, CRITICAL is one of type `critical`, and UNKNOWN is
/// an error. Each suite also has a case `posemo`, which fails if the server could not be queried.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let suites = report.targets.iter().map(|target| (target, cases(target))).collect::<Vec<_>>();
    let mut counts = Counts::default();
    for (_, cases) in &suites {
        counts.add(cases);
    }
    let time = seconds(report.duration);
    let mut writer = XmlWriter::begin(out)?;
    let counts = counts.attributes();
    let mut attributes = vec![("name", "posemo")];
    attributes.extend(counts.iter().map(pair));
    attributes.push(("time", &time));
    writer.element("testsuites", &attributes, |writer| {
        suites.iter().try_for_each(|(target, cases)| suite(report, target, cases, writer))
    })?;
    writer.finish()
}

fn suite<W: Write>(
    report: &Report,
    target: &TargetReport,
    cases: &[TestCase],
    writer: &mut XmlWriter<W>,
) -> io::Result<()> {
    let mut counts = Counts::default();
    counts.add(cases);
    let counts = counts.attributes();
    let name = visible(target_name(target));
    let time = seconds(cases.iter().map(|case| case.time).sum());
    // In UTC without a time zone, as the schemas of the format require.
    let timestamp = report.started.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let host = target.host.as_deref().map(visible);
    let mut attributes = vec![("name", name.as_str()), ("timestamp", &timestamp)];
    attributes.extend(counts.iter().map(pair));
    attributes.push(("time", &time));
    attributes.extend(host.iter().map(|host| ("hostname", host.as_str())));
    writer.element("testsuite", &attributes, |writer| {
        cases.iter().try_for_each(|case| write_case(&name, case, writer))
    })
}

fn write_case<W: Write>(suite: &str, case: &TestCase, writer: &mut XmlWriter<W>) -> io::Result<()> {
    let time = seconds(case.time);
    let attributes = [("classname", suite), ("name", &case.name), ("time", &time)];
    writer.element("testcase", &attributes, |writer| {
        match &case.outcome {
            TestOutcome::Passed => {}
            TestOutcome::Skipped { message } => writer.empty("skipped", &[("message", message)])?,
            TestOutcome::Failed { state, message, text } => {
                let tag = if *state == State::Unknown { "error" } else { "failure" };
                writer.text(tag, &[("type", state.name()), ("message", message)], text)?;
            }
        }
        if case.output.is_empty() { Ok(()) } else { writer.text("system-out", &[], &case.output) }
    })
}

fn seconds(time: Duration) -> String {
    time.as_secs_f64().to_string()
}

/// The number of cases with each outcome.
#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, cases: &[TestCase]) {
        for case in cases {
            self.tests += 1;
            match &case.outcome {
                TestOutcome::Passed => {}
                TestOutcome::Skipped { .. } => self.skipped += 1,
                TestOutcome::Failed { state: State::Unknown, .. } => self.errors += 1,
                TestOutcome::Failed { .. } => self.failures += 1,
            }
        }
    }

    fn attributes(&self) -> [(&'static str, String); 4] {
        [
            ("tests", self.tests.to_string()),
            ("failures", self.failures.to_string()),
            ("errors", self.errors.to_string()),
            ("skipped", self.skipped.to_string()),
        ]
    }
}

fn pair<'a>((name, value): &'a (&'static str, String)) -> (&'a str, &'a str) {
    (name, value)
}
