//! The problems and the other findings of a report as lines of plugin output, the worst first.
//!
//! Lines have a maximum length; the size of the whole output is limited by `budget`.

use std::fmt::Write as _;

use crate::finding::State;
use crate::finding::report::{CheckReport, Report, TargetReport};
use crate::output::remark::{Remark, details, or_no_text, remarks, summary, target_name};
use crate::text::visible::is_plain;

/// What the output of a plugin is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PluginSubject<'a> {
    /// One check, whose name begins the first line.
    Check(&'a str),
    /// Several checks of one target as one service with this name.
    Checks(&'a str),
    /// A whole run, of any number of targets.
    Run,
}

impl PluginSubject<'_> {
    /// Whether lines and labels name the check.
    pub(super) fn names_checks(self) -> bool {
        !matches!(self, Self::Check(_))
    }
}

/// The maximum length of a line below the first, in characters.
const LINE: usize = 1000;

/// A problem, or a finding whose state is OK.
pub(super) struct PluginProblem {
    /// The state.
    state: State,
    /// One line: the target, check and database if needed, and the problem.
    pub(super) text: String,
    /// More lines, indented so that none of them looks like the start of another problem.
    pub(super) details: Vec<String>,
}

impl PluginProblem {
    /// The lines of the problem.
    pub(super) fn lines(&self, with_details: bool) -> Vec<String> {
        let line = shortened(&format!("[{}] {}", self.state.label(), self.text), LINE);
        let details = self.details.iter().filter(|_| with_details).cloned();
        std::iter::once(line).chain(details).collect()
    }
}

/// All problems, the worst first, each with the names that the subject requires.
pub(super) fn problems(report: &Report, subject: PluginSubject<'_>) -> Vec<PluginProblem> {
    let prefix = ProblemPrefix::new(report, subject);
    let mut problems = Vec::new();
    for target in &report.targets {
        if let Some((state, error)) = target.failure() {
            let text = plain(&format!("{}{}", prefix.for_target(target), or_no_text(error)));
            problems.push(PluginProblem { state, text, details: Vec::new() });
        }
        for check in target.checks.iter().filter(|check| !target.repeats_failure(check)) {
            let remarks = remarks(check).into_iter().filter(|remark| remark.state != State::Ok);
            let prefix = prefix.for_check(target, check);
            problems.extend(remarks.map(|remark| problem(&prefix, &remark)));
        }
    }
    problems.sort_by_key(|problem| problem.state.rank());
    problems
}

/// The findings whose state is OK, such as notices, in the report of one check.
pub(super) fn other_findings(report: &Report) -> Vec<PluginProblem> {
    let prefix = ProblemPrefix { names_check: false, several: report.targets.len() > 1 };
    let mut others = Vec::new();
    for target in &report.targets {
        for check in &target.checks {
            let remarks = remarks(check).into_iter().filter(|remark| remark.state == State::Ok);
            let prefix = prefix.for_check(target, check);
            others.extend(remarks.map(|remark| problem(&prefix, &remark)));
        }
    }
    others
}

/// A line for each check without a problem.
pub(super) fn ok_checks(report: &Report) -> Vec<String> {
    let prefix = ProblemPrefix::new(report, PluginSubject::Checks(""));
    let mut lines = Vec::new();
    for target in &report.targets {
        for check in target.checks.iter().filter(|check| check.state() == State::Ok) {
            let text = plain(&format!("{}{}", prefix.for_check(target, check), summary(check)));
            lines.push(shortened(&format!("[{}] {text}", State::Ok.label()), LINE));
        }
    }
    lines
}

fn problem(prefix: &str, remark: &Remark) -> PluginProblem {
    let details = remark.finding.map(details).unwrap_or_default();
    PluginProblem {
        state: remark.state,
        text: plain(&format!("{prefix}{}", remark.text)),
        details: details.iter().map(|line| shortened(&detail(line), LINE)).collect(),
    }
}

/// A line of a description. Only a name contains a line end: a space in its place would be the name of another object.
fn detail(line: &str) -> String {
    let line = line.replace('\n', "[U+000A]").replace('\r', "[U+000D]").replace('\t', "[U+0009]");
    format!("  {}", plain(&line))
}

/// The beginning of a problem's line: the names that the reader cannot know otherwise.
struct ProblemPrefix {
    names_check: bool,
    /// Whether the target must be named.
    several: bool,
}

impl ProblemPrefix {
    fn new(report: &Report, subject: PluginSubject<'_>) -> ProblemPrefix {
        let is_run = matches!(subject, PluginSubject::Run);
        let several = report.targets.len() > 1 || is_run;
        ProblemPrefix { names_check: subject.names_checks(), several }
    }

    fn for_target(&self, target: &TargetReport) -> String {
        if self.several { format!("{}: ", target_name(target)) } else { String::new() }
    }

    fn for_check(&self, target: &TargetReport, check: &CheckReport) -> String {
        let database = check.database.as_deref();
        match (self.names_check, database) {
            (true, _) if !self.several => {
                let database = database.map(|name| format!(" ({name})")).unwrap_or_default();
                format!("{}{database}: ", check.check)
            }
            (true, Some(database)) => {
                format!("{}{} ({database}) ", self.for_target(target), check.check)
            }
            (true, None) => format!("{}{} ", self.for_target(target), check.check),
            (false, Some(database)) if self.several => {
                format!("{} ({database}): ", target_name(target))
            }
            (false, Some(database)) if target.checks.len() > 1 => format!("{database}: "),
            (false, _) => self.for_target(target),
        }
    }
}

/// The text in one line, without the characters that have a meaning in plugin output or on its way.
///
/// A pipe would begin performance data. A backslash would have a meaning for the notification commands that Nagios ships,
/// which run `printf "%b"`; for the same reason a character that is not plain is written as `[U+001B]` and not `\x1b`.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.trim().chars() {
        match character {
            '|' => plain.push('¦'),
            '\\' => plain.push('/'),
            '\n' | '\r' | '\t' => plain.push(' '),
            _ if is_plain(character) => plain.push(character),
            _ => write!(plain, "[U+{:04X}]", u32::from(character))
                .expect("writing to a string cannot fail"),
        }
    }
    plain
}

/// The text with at most `most` characters; three dots show that it was longer.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let start = text.chars().take(most.saturating_sub(3)).collect::<String>();
    format!("{}...", start.trim_end())
}
