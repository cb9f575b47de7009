//! Says a report in GitHub's Markdown, for the summary page of a pipeline or a comment.
//!
//! Keeps to a size that such pages take: what does not fit is counted, and the other formats have it.

use std::io::{self, Write};

use crate::finding::State;
use crate::finding::report::{CheckReport, Report, TargetReport};

use self::escape::{link, markdown};
use super::remark::{
    Remark, counted, details, in_words, name, not_asked, remarks, said, skipped, summary,
};

mod escape;

/// The most bytes: a comment takes 65,536 characters, and the lines that count what is left out come on top.
const SIZE: usize = 60_000;

/// The most characters of one cell or line.
const LINE: usize = 500;

/// Says the report: what is not OK as a table, the worst first; how to act on it, and what is OK, below it
/// where a click opens it.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { left: SIZE, out };
    page.say(&format!("## posemo: {}\n\n{}\n", report.state().label(), totals(report)))?;
    let problems = problems(report);
    let rows = problems.iter().map(Problem::row);
    page.table(["State", "Target", "Check", "Database", "What"], rows, "problems")?;
    let explained = problems.iter().filter_map(Problem::explained).collect::<Vec<_>>();
    page.folded("What to do", explained.into_iter(), "explanations")?;
    let fine = report.targets.iter().flat_map(|target| {
        let fine = target.checks.iter().filter(|check| check.state() == State::Ok);
        fine.map(move |check| fine_line(target, check))
    });
    page.folded("What is OK or was not asked", fine, "checks")
}

/// The page as far as it is written.
struct Page<'a> {
    left: usize,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn table<const N: usize>(
        &mut self,
        header: [&str; N],
        rows: impl ExactSizeIterator<Item = [String; N]>,
        what: &str,
    ) -> io::Result<()> {
        if rows.len() == 0 {
            return Ok(());
        }
        self.say(&format!("\n| {} |\n|{}\n", header.join(" | "), "---|".repeat(N)))?;
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
        // Without the empty lines, the list would be taken for HTML.
        self.say(&format!("\n<details><summary>{title}</summary>\n\n"))?;
        self.fitting(items, what)?;
        self.say("\n</details>\n")
    }

    /// Writes the pieces up to the first one that does not fit, and counts the others.
    fn fitting(&mut self, mut pieces: impl Iterator<Item = String>, what: &str) -> io::Result<()> {
        for piece in pieces.by_ref() {
            if piece.len() > self.left {
                let count = 1 + pieces.count();
                return self.say(&format!("\n{count} more {what} are left out here.\n"));
            }
            self.say(&piece)?;
        }
        Ok(())
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.left = self.left.saturating_sub(text.len());
        self.out.write_all(text.as_bytes())
    }
}

/// One thing that is not OK.
struct Problem<'a> {
    target: &'a TargetReport,
    check: Option<&'a CheckReport>,
    remark: Remark<'a>,
}

impl Problem<'_> {
    fn row(&self) -> [String; 5] {
        let check = self.check.map(|check| cell(&check.check)).unwrap_or_default();
        let database = self.check.and_then(|check| check.database.as_deref());
        [
            format!("**{}**", self.remark.state.label()),
            cell(name(self.target)),
            check,
            database.map(cell).unwrap_or_default(),
            cell(&self.remark.text),
        ]
    }

    /// What explains it, as an item of a list; nothing where nothing does.
    fn explained(&self) -> Option<String> {
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

/// All that is not OK, the worst first.
fn problems(report: &Report) -> Vec<Problem<'_>> {
    let mut problems = Vec::new();
    for target in &report.targets {
        if let Some(error) = &target.error {
            let text = said(error).to_owned();
            let remark = Remark { state: State::Unknown, text, finding: None };
            problems.push(Problem { target, check: None, remark });
        }
        for check in &target.checks {
            let remarks = remarks(check).into_iter().filter(|remark| remark.state != State::Ok);
            problems.extend(remarks.map(|remark| Problem { target, check: Some(check), remark }));
        }
    }
    problems.sort_by_key(|problem| problem.remark.state.rank());
    problems
}

fn fine_line(target: &TargetReport, check: &CheckReport) -> String {
    let database = check.database.as_deref().map(|database| format!(" ({})", cell(database)));
    let (target, database) = (cell(name(target)), database.unwrap_or_default());
    format!("- {target} {}{database}: {}\n", cell(&check.check), cell(&summary(check)))
}

/// How many services are in which state, and when that was.
fn totals(report: &Report) -> String {
    let checks = report.targets.iter().flat_map(|target| &target.checks);
    let states = [State::Critical, State::Warning, State::Unknown, State::Ok];
    let counts = in_words(counted(states, checks)).map(|(_, count)| count);
    let counts = counts.chain(skipped(&report.targets)).chain(not_asked(report));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let counts = if counts.is_empty() { "nothing was asked".to_owned() } else { counts };
    let seconds = report.duration.as_secs_f64();
    format!("{counts} ({}, {seconds:.2} s)", report.second())
}

/// A text for a cell or a line, which is cut where it is endless.
fn cell(text: &str) -> String {
    match text.char_indices().nth(LINE) {
        Some((end, _)) => markdown(&format!("{}...", &text[..end])),
        None => markdown(text),
    }
}
