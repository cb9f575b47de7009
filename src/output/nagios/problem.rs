//! Lists what is to be said of a report in plain lines, the worst first.
//!
//! Knows nothing of sizes, except that a single line must not be endless.

use crate::finding::State;
use crate::finding::report::{CheckReport, Report, TargetReport};
use crate::output::remark::{Remark, details, name, remarks, said};

use super::mark;
use super::plain::{plain, shortened};

/// How many characters a line below the first may have.
const LINE: usize = 1000;

/// A problem, or a finding that is none.
pub(super) struct Problem {
    /// The state it amounts to.
    state: State,
    /// One line: where, what.
    pub(super) text: String,
    /// More lines, indented so that none can pass for the start of another problem.
    pub(super) details: Vec<String>,
}

impl Problem {
    /// The problem in lines of its own.
    pub(super) fn lines(&self, with_details: bool) -> Vec<String> {
        let line = shortened(&format!("{} {}", mark(self.state), self.text), LINE);
        let details = self.details.iter().filter(|_| with_details).cloned();
        std::iter::once(line).chain(details).collect()
    }
}

/// All problems, the worst first. Of a whole run, each names its target and its check.
pub(super) fn problems(report: &Report, whole_run: bool) -> Vec<Problem> {
    let place = Place { whole_run, several: report.targets.len() > 1 || whole_run };
    let mut problems = Vec::new();
    for target in &report.targets {
        if let Some(error) = &target.error {
            let text = plain(&format!("{}{}", place.of_target(target), said(error)));
            problems.push(Problem { state: State::Unknown, text, details: Vec::new() });
        }
        for check in &target.checks {
            let remarks = remarks(check).into_iter().filter(|remark| remark.state != State::Ok);
            problems.extend(remarks.map(|remark| problem(&place.of_check(target, check), &remark)));
        }
    }
    problems.sort_by_key(|problem| problem.state.rank());
    problems
}

/// The findings of one check's report that are no problems: notices and the like.
pub(super) fn harmless(report: &Report) -> Vec<Problem> {
    let place = Place { whole_run: false, several: report.targets.len() > 1 };
    let mut harmless = Vec::new();
    for target in &report.targets {
        for check in &target.checks {
            let remarks = remarks(check).into_iter().filter(|remark| remark.state == State::Ok);
            harmless.extend(remarks.map(|remark| problem(&place.of_check(target, check), &remark)));
        }
    }
    harmless
}

fn problem(place: &str, remark: &Remark) -> Problem {
    let details = remark.finding.map(details).unwrap_or_default();
    Problem {
        state: remark.state,
        text: plain(&format!("{place}{}", remark.text)),
        details: details
            .iter()
            .map(|line| shortened(&format!("  {}", plain(line)), LINE))
            .collect(),
    }
}

/// Which parts of where a problem is have to be said.
struct Place {
    whole_run: bool,
    several: bool,
}

impl Place {
    fn of_target(&self, target: &TargetReport) -> String {
        if self.several { format!("{}: ", name(target)) } else { String::new() }
    }

    fn of_check(&self, target: &TargetReport, check: &CheckReport) -> String {
        let database = check.database.as_deref();
        match (self.whole_run, database) {
            (true, Some(database)) => {
                format!("{}{} ({database}) ", self.of_target(target), check.check)
            }
            (true, None) => format!("{}{} ", self.of_target(target), check.check),
            (false, Some(database)) if self.several => format!("{} ({database}): ", name(target)),
            (false, Some(database)) if target.checks.len() > 1 => format!("{database}: "),
            (false, _) => self.of_target(target),
        }
    }
}
