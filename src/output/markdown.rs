//! Writes a report in GitHub's Markdown, for the summary page of a pipeline or a comment.
//!
//! The size is limited, as it is on such pages: what does not fit is counted, and is in the other formats.

use std::io::{self, Write};

use crate::finding::State;
use crate::finding::report::{CheckReport, Report, TargetReport};

use self::escape::{link, markdown};
use super::remark::{
    Remark, count_states, details, failed_targets, nonzero, or_no_text, other_counts, remarks,
    summary, target_name,
};

mod escape;

/// The maximum size in bytes, without the lines that count what is omitted. A comment may have 65,536 characters.
const SIZE: usize = 60_000;

/// The maximum length of a cell or a line, in characters.
const LINE: usize = 500;

/// Writes the report: the problems as a table, the worst first; below it, folded, what to do about them, and the checks
/// that are OK or were skipped.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = MarkdownPage { left: SIZE, out };
    page.write(&format!("## posemo: {}\n\n{}\n", report.state().label(), totals(report)))?;
    let problems = problems(report);
    let rows = problems.iter().map(MarkdownProblem::row);
    page.table(["State", "Target", "Check", "Database", "What"], rows, "problems")?;
    let explained = problems.iter().filter_map(MarkdownProblem::explanation).collect::<Vec<_>>();
    page.folded("What to do", explained.into_iter(), "explanations")?;
    let others = report.targets.iter().flat_map(|target| {
        let others = target.checks.iter().filter(|check| check.state() == State::Ok);
        others.map(move |check| check_line(target, check))
    });
    page.folded("OK or skipped", others, "checks")
}

/// The page and the number of bytes left.
struct MarkdownPage<'a> {
    left: usize,
    out: &'a mut dyn Write,
}

impl MarkdownPage<'_> {
    fn table<const N: usize>(
        &mut self,
        header: [&str; N],
        rows: impl ExactSizeIterator<Item = [String; N]>,
        what: &str,
    ) -> io::Result<()> {
        if rows.len() == 0 {
            return Ok(());
        }
        self.write(&format!("\n| {} |\n|{}\n", header.join(" | "), "---|".repeat(N)))?;
        self.fitting(rows.map(|row| format!("| {} |\n", row.join(" | "))), what)
    }

    fn folded(
        &mut self,
        title: &'static str,
        items: impl Iterator<Item = String>,
        what: &str,
    ) -> io::Result<()> {
        let mut items = items.peekable();
        if items.peek().is_none() {
            return Ok(());
        }
        // Without the empty lines, the list would be read as HTML.
        self.write(&format!("\n<details><summary>{title}</summary>\n\n"))?;
        self.fitting(items, what)?;
        self.write("\n</details>\n")
    }

    /// Writes the pieces that fit, and counts the others.
    fn fitting(&mut self, mut pieces: impl Iterator<Item = String>, what: &str) -> io::Result<()> {
        for piece in pieces.by_ref() {
            if piece.len() > self.left {
                let count = 1 + pieces.count();
                return self.write(&format!("\n{count} more {what} are omitted here.\n"));
            }
            self.write(&piece)?;
        }
        Ok(())
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.left = self.left.saturating_sub(text.len());
        self.out.write_all(text.as_bytes())
    }
}

/// A problem of a target or a check.
struct MarkdownProblem<'a> {
    target: &'a TargetReport,
    check: Option<&'a CheckReport>,
    remark: Remark<'a>,
}

impl MarkdownProblem<'_> {
    fn row(&self) -> [String; 5] {
        let check = self.check.map(|check| cell(&check.check)).unwrap_or_default();
        let database = self.check.and_then(|check| check.database.as_deref());
        [
            format!("**{}**", self.remark.state.label()),
            cell(target_name(self.target)),
            check,
            database.map(cell).unwrap_or_default(),
            cell(&self.remark.text),
        ]
    }

    /// The details as an item of a list; `None` if it has none.
    fn explanation(&self) -> Option<String> {
        let finding = self.remark.finding?;
        let url = finding.read_more_url.as_deref().and_then(link);
        let mut lines = details(finding);
        if url.is_some() {
            lines.pop();
        }
        let lines = lines.iter().map(|line| cell(line)).chain(url);
        // A backslash at the end of a line breaks it there.
        let below = lines.fold(String::new(), |below, line| below + "\\\n  " + &line);
        let [state, target, check, ..] = self.row();
        let what = cell(&self.remark.text);
        (!below.is_empty()).then(|| format!("- {state} {target} {check}: {what}{below}\n"))
    }
}

/// The problems of a report, the worst first.
fn problems(report: &Report) -> Vec<MarkdownProblem<'_>> {
    let mut problems = Vec::new();
    for target in &report.targets {
        if let Some((state, error)) = target.failure() {
            let text = or_no_text(error).to_owned();
            let remark = Remark { state, text, finding: None };
            problems.push(MarkdownProblem { target, check: None, remark });
        }
        for check in target.checks.iter().filter(|check| !target.repeats_failure(check)) {
            let remarks = remarks(check).into_iter().filter(|remark| remark.state != State::Ok);
            let problem = |remark| MarkdownProblem { target, check: Some(check), remark };
            problems.extend(remarks.map(problem));
        }
    }
    problems.sort_by_key(|problem| problem.remark.state.rank());
    problems
}

/// A check without problems as an item of a list.
fn check_line(target: &TargetReport, check: &CheckReport) -> String {
    let database = check.database.as_deref().map(|database| format!(" ({})", cell(database)));
    let (target, database) = (cell(target_name(target)), database.unwrap_or_default());
    format!("- {target} {}{database}: {}\n", cell(&check.check), cell(&summary(check)))
}

/// The number of checks in each state, the start of the run and its duration.
fn totals(report: &Report) -> String {
    let checks = report.targets.iter().flat_map(|target| &target.checks);
    let states = [State::Critical, State::Warning, State::Unknown, State::Ok];
    let counts = nonzero(count_states(states, checks)).map(|(_, count)| count);
    let counts = counts.chain(other_counts(&report.targets)).chain(failed_targets(report));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let counts = if counts.is_empty() { "nothing was checked".to_owned() } else { counts };
    let seconds = report.duration.as_secs_f64();
    format!("{counts} ({}, {seconds:.2} s)", report.second())
}

/// A text for a cell or a line, cut to the maximum length.
fn cell(text: &str) -> String {
    match text.char_indices().nth(LINE) {
        Some((end, _)) => markdown(&format!("{}...", &text[..end])),
        None => markdown(text),
    }
}
