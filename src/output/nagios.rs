//! Says a report as the output of a monitoring plugin: of one check, or of a whole run.
//!
//! The exit code is not said here, but the first line never disagrees with it.

use std::io::{self, Write};

use crate::finding::State;
use crate::finding::report::{CheckReport, Report};

pub use self::budget::PluginOutput;

use self::budget::{Budget, MOST_BYTES};
use self::plain::{plain, shortened};
use self::problem::{Problem, harmless, problems};
use super::remark::{skipped, summary};

pub(super) mod budget;
pub(super) mod perfdata;
pub(super) mod plain;
mod problem;

/// How many characters the text of the first line may have: about what interfaces and mails show.
const FIRST_LINE: usize = 255;

/// How many characters of it the name of a check may have.
const LONGEST_NAME: usize = 80;

/// Says the report as a plugin does: `NAME STATE - message | perfdata`, and what else there is below.
///
/// With `check` the report is about that check alone, which names the line; the report must hold no
/// other then. Without, it is a whole run. The output has at most 8 KiB: whole metrics and whole lines
/// are left out where there are more, and counted.
pub fn write(report: &Report, check: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(PluginOutput::of(report, check, MOST_BYTES).whole().as_bytes())
}

impl PluginOutput {
    /// What `write` says of a report, in parts, that make at most so many bytes together.
    pub fn of(report: &Report, check: Option<&str>, most: usize) -> PluginOutput {
        let whole_run = check.is_none();
        let problems = problems(report, whole_run);
        // Nobody's check has a longer name, but anybody may ask for one.
        let name = plain(check.unwrap_or("posemo")).to_uppercase();
        let name = shortened(&name, LONGEST_NAME);
        let start = format!("{name} {} - ", report.state().label());
        let message = message(report, &problems, whole_run, FIRST_LINE - start.chars().count());
        let first = format!("{start}{message}");
        let mut lines = lines_below(&problems, &first, !whole_run);
        if !whole_run {
            lines.extend(lines_below(&harmless(report), &first, true));
        }
        Budget::of(most).fit(&first, &perfdata::items(report, whole_run), &lines)
    }
}

/// The text of the first line, behind name and state.
pub(super) fn message_of(report: &Report) -> String {
    message(report, &problems(report, false), false, FIRST_LINE)
}

/// All that the message does not say, in lines.
pub(super) fn lines_of(report: &Report, message: &str) -> Vec<String> {
    let mut lines = lines_below(&problems(report, false), message, true);
    lines.extend(lines_below(&harmless(report), message, true));
    lines
}

fn message(report: &Report, problems: &[Problem], whole_run: bool, room: usize) -> String {
    let single = single(report).filter(|_| !whole_run);
    let end = match (single, problems.len()) {
        (Some(_), _) | (None, 0 | 1) => String::new(),
        (None, 2) => "; 1 more problem".to_owned(),
        (None, count) => format!("; {} more problems", count - 1),
    };
    let message = match single {
        Some(check) => plain(&summary(check)),
        None => problems.first().map_or_else(|| quiet(report), |worst| worst.text.clone()),
    };
    format!("{}{end}", shortened(&message, room.saturating_sub(end.chars().count())))
}

/// The only thing that was asked, where it was one: its summary is all that the first line has to say.
fn single(report: &Report) -> Option<&CheckReport> {
    match report.targets.as_slice() {
        [target] if target.error.is_none() => match target.checks.as_slice() {
            [check] => Some(check),
            _ => None,
        },
        _ => None,
    }
}

/// What there is to say where there is no problem.
fn quiet(report: &Report) -> String {
    let checks = report.targets.iter().flat_map(|target| &target.checks);
    let asked = match checks.filter(|check| check.skipped.is_none()).count() {
        0 => "nothing was checked".to_owned(),
        1 => "1 service without a problem".to_owned(),
        count => format!("{count} services without a problem"),
    };
    let targets = match report.targets.len() {
        0 | 1 => String::new(),
        count => format!(" on {count} targets"),
    };
    let skipped = skipped(&report.targets).into_iter().map(|count| format!(", {count}"));
    format!("{asked}{targets}{}", skipped.collect::<String>())
}

/// One line a problem; none for a single one that the first line has said in full.
fn lines_below(problems: &[Problem], first: &str, with_details: bool) -> Vec<String> {
    match problems {
        [only] if first.contains(&only.text) && with_details => only.details.clone(),
        [only] if first.contains(&only.text) => Vec::new(),
        _ => problems.iter().flat_map(|problem| problem.lines(with_details)).collect(),
    }
}

/// The state of a problem as it starts a line of its own.
fn mark(state: State) -> String {
    format!("[{}]", state.label())
}
