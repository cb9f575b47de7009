//! Writes a report as the output of a monitoring plugin: for one check, or for a whole run.
//!
//! The first line has the state that belongs to the exit code, which the command line sets.

use std::io::{self, Write};

use crate::finding::report::{CheckReport, Report};

use self::lines::{PluginProblem, ok_checks, other_findings, plain, problems, shortened};
use super::remark::{other_counts, summary};
use crate::text::number::counted;

pub use self::budget::PluginOutput;
pub(super) use self::budget::{MOST_BYTES, OutputBudget};
pub(super) use self::labels::LabelRules;
pub use self::lines::PluginSubject;
pub(super) use self::perfdata::{bounds, decimal, labelled_metrics};

mod budget;
mod labels;
mod lines;
mod perfdata;

/// The maximum length of the first line's text in characters: about what web pages and mails show.
const FIRST_LINE: usize = 255;

/// The maximum length of a check's name in it, in characters.
const LONGEST_NAME: usize = 80;

/// Writes the report as plugin output: `NAME STATE - message | perfdata`, and more lines below.
///
/// The output has at most 8 KiB. Metrics and lines that do not fit are omitted as a whole, and counted.
pub fn write(report: &Report, subject: PluginSubject<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(PluginOutput::new(report, subject, MOST_BYTES).whole().as_bytes())
}

impl PluginOutput {
    /// The output that `write` writes, in parts of together at most `most` bytes.
    pub fn new(report: &Report, subject: PluginSubject<'_>, most: usize) -> PluginOutput {
        let several = subject.names_checks();
        let problems = problems(report, subject);
        // The names of checks are shorter, but the command line accepts any name.
        let name = match subject {
            PluginSubject::Check(name) | PluginSubject::Checks(name) => plain(name).to_uppercase(),
            PluginSubject::Run => "POSEMO".to_owned(),
        };
        let name = shortened(&name, LONGEST_NAME);
        let start = format!("{name} {} - ", report.state().label());
        let message = message(report, &problems, several, FIRST_LINE - start.chars().count());
        let first = format!("{start}{message}");
        let mut lines = lines_below(&problems, &first, subject != PluginSubject::Run);
        match subject {
            PluginSubject::Check(_) => {
                lines.extend(lines_below(&other_findings(report), &first, true));
            }
            PluginSubject::Checks(_) => lines.extend(ok_checks(report)),
            PluginSubject::Run => {}
        }
        OutputBudget::new(most).fit(&first, &perfdata::items(report, several), &lines)
    }
}

/// The text of the first line, without name and state.
pub(super) fn first_message(report: &Report) -> String {
    message(report, &problems(report, PluginSubject::Check("")), false, FIRST_LINE)
}

/// The lines below the first message: everything that it does not contain.
pub(super) fn other_lines(report: &Report, message: &str) -> Vec<String> {
    let mut lines = lines_below(&problems(report, PluginSubject::Check("")), message, true);
    lines.extend(lines_below(&other_findings(report), message, true));
    lines
}

fn message(report: &Report, problems: &[PluginProblem], several: bool, room: usize) -> String {
    let single = single(report).filter(|_| !several);
    let end = match problems.len() {
        count if single.is_none() && count > 1 => {
            format!("; {}", counted(count - 1, "more problem"))
        }
        _ => String::new(),
    };
    let message = match single {
        Some(check) => plain(&summary(check)),
        None => problems.first().map_or_else(|| ok_message(report), |worst| worst.text.clone()),
    };
    format!("{}{end}", shortened(&message, room.saturating_sub(end.chars().count())))
}

/// The only check of the report, if it has one: the first line has its summary.
fn single(report: &Report) -> Option<&CheckReport> {
    match report.targets.as_slice() {
        [target] if target.error.is_none() && target.checks.len() == 1 => target.checks.first(),
        _ => None,
    }
}

/// The first line's text if the report has no problem.
fn ok_message(report: &Report) -> String {
    let checks = report.targets.iter().flat_map(|target| &target.checks);
    let services = match checks.filter(|check| check.skipped.is_none()).count() {
        0 => "nothing was checked".to_owned(),
        count => format!("{} without a problem", counted(count, "service")),
    };
    let targets = match report.targets.len() {
        0 | 1 => String::new(),
        count => format!(" on {count} targets"),
    };
    let skipped = other_counts(&report.targets).into_iter().map(|count| format!(", {count}"));
    format!("{services}{targets}{}", skipped.collect::<String>())
}

/// One line for each problem; none for a single problem whose text is in the first line.
fn lines_below(problems: &[PluginProblem], first: &str, with_details: bool) -> Vec<String> {
    match problems {
        [only] if first.contains(&only.text) && with_details => only.details.clone(),
        [only] if first.contains(&only.text) => Vec::new(),
        _ => problems.iter().flat_map(|problem| problem.lines(with_details)).collect(),
    }
}
