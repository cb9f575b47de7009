//! Writes a report as the XML of `JUnit`: a test suite for each target, a test case for each check.
//!
//! Ids and labels are omitted: the format has no element for them.

use std::io::{self, Write};
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::finding::State;
use crate::finding::report::{Report, TargetReport};

use self::case::{TestCase, TestOutcome, cases};
use super::remark::target_name;
use crate::text::visible::visible;

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
    let mut writer = Writer::new_with_indent(out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuites")
        .with_attribute(("name", "posemo"))
        .with_attributes(counts.attributes().iter().map(pair))
        .with_attribute(("time", report.duration.as_secs_f64().to_string().as_str()))
        .write_inner_content(|writer| {
            suites.iter().try_for_each(|(target, cases)| suite(report, target, cases, writer))
        })?;
    writer.get_mut().write_all(b"\n")
}

fn suite<W: Write>(
    report: &Report,
    target: &TargetReport,
    cases: &[TestCase],
    writer: &mut Writer<W>,
) -> io::Result<()> {
    let mut counts = Counts::default();
    counts.add(cases);
    let name = visible(target_name(target));
    let time = cases.iter().map(|case| case.time).sum::<Duration>().as_secs_f64().to_string();
    // In UTC without a time zone, as the schemas of the format require.
    let timestamp = report.started.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let mut element = writer
        .create_element("testsuite")
        .with_attribute(("name", name.as_str()))
        .with_attribute(("timestamp", timestamp.as_str()))
        .with_attributes(counts.attributes().iter().map(pair))
        .with_attribute(("time", time.as_str()));
    if let Some(host) = &target.host {
        element = element.with_attribute(("hostname", visible(host).as_str()));
    }
    element.write_inner_content(|writer| {
        cases.iter().try_for_each(|case| write_case(&name, case, writer))
    })?;
    Ok(())
}

fn write_case<W: Write>(suite: &str, case: &TestCase, writer: &mut Writer<W>) -> io::Result<()> {
    let element = writer
        .create_element("testcase")
        .with_attribute(("classname", suite))
        .with_attribute(("name", case.name.as_str()))
        .with_attribute(("time", case.time.as_secs_f64().to_string().as_str()));
    element.write_inner_content(|writer| {
        match &case.outcome {
            TestOutcome::Passed => {}
            TestOutcome::Skipped { message } => {
                let skipped = writer.create_element("skipped");
                skipped.with_attribute(("message", message.as_str())).write_empty()?;
            }
            TestOutcome::Failed { state, message, text } => {
                let tag = if *state == State::Unknown { "error" } else { "failure" };
                let failed = writer.create_element(tag).with_attribute(("type", state.name()));
                let failed = failed.with_attribute(("message", message.as_str()));
                failed.write_text_content(BytesText::new(text))?;
            }
        }
        if !case.output.is_empty() {
            writer.create_element("system-out").write_text_content(BytesText::new(&case.output))?;
        }
        Ok::<_, io::Error>(())
    })?;
    Ok(())
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
