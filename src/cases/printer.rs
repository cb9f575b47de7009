//! Prints the results of cases: one line each, followed by the differences.
//!
//! Names and texts are printed in visible characters, so that they cannot move the cursor.

use std::io::{self, Write};
use std::time::Duration;

use super::result::{CaseResult, CaseVerdict, DifferenceLine};
use super::result_list::ResultList;
use crate::finding::State;
use crate::output::table::Paint;
use crate::text::visible::visible;

/// The duration of a slower case is printed.
const SLOW: Duration = Duration::from_secs(2);

/// The limit for the lines of one case.
const MOST_LINES: usize = 60;

/// The limit for the characters of a line.
const LONGEST_LINE: usize = 2000;

/// Prints results, and counts them.
pub struct Printer<'o> {
    out: &'o mut dyn Write,
    color: bool,
    quiet: bool,
    passed: usize,
    failed: usize,
    skipped: usize,
    blessed: usize,
    /// The results for programs, which are written at the end instead of lines.
    list: Option<ResultList>,
}

impl<'o> Printer<'o> {
    /// A printer with or without colors. A quiet printer prints only failures.
    pub fn new(out: &'o mut dyn Write, color: bool, quiet: bool) -> Printer<'o> {
        Printer { out, color, quiet, passed: 0, failed: 0, skipped: 0, blessed: 0, list: None }
    }

    /// A printer that writes all results as JSON at the end.
    pub fn for_programs(out: &'o mut dyn Write) -> Printer<'o> {
        Printer { list: Some(ResultList::empty()), ..Printer::new(out, false, false) }
    }

    /// Prints one case, and flushes the output, as the next case can take long.
    pub fn result(&mut self, result: &CaseResult) -> io::Result<()> {
        let (word, state, count) = match result.verdict {
            CaseVerdict::Passed => ("ok   ", Paint::State(State::Ok), &mut self.passed),
            CaseVerdict::Failed(_) => ("FAIL ", Paint::State(State::Critical), &mut self.failed),
            CaseVerdict::Skipped(_) => ("skip ", Paint::Dim, &mut self.skipped),
            CaseVerdict::Blessed => ("bless", Paint::State(State::Warning), &mut self.blessed),
        };
        *count += 1;
        if let Some(list) = &mut self.list {
            list.add(result);
            return Ok(());
        }
        if self.quiet && !matches!(result.verdict, CaseVerdict::Failed(_)) {
            return Ok(());
        }
        let time = if result.took < SLOW {
            String::new()
        } else {
            self.painted(Paint::Dim, &format!(" ({:.1} s)", result.took.as_secs_f64()))
        };
        let reason = match &result.verdict {
            CaseVerdict::Skipped(reason) => {
                self.painted(Paint::Dim, &format!(": {}", visible(reason)))
            }
            _ => String::new(),
        };
        let (word, name) = (self.painted(state, word), visible(&result.name));
        writeln!(self.out, "{word} {name}{reason}{time}")?;
        if let CaseVerdict::Failed(lines) = &result.verdict {
            self.lines(lines)?;
        }
        self.out.flush()
    }

    /// Prints a remark on a check.
    pub fn remark(&mut self, check: &str, remark: &str) -> io::Result<()> {
        if let Some(list) = &mut self.list {
            list.remark(check, remark);
            return Ok(());
        }
        if self.quiet {
            return Ok(());
        }
        let word = self.painted(Paint::Dim, "note ");
        writeln!(self.out, "{word} {} {}", visible(check), visible(remark))
    }

    /// Prints the last line, or the results for programs.
    pub fn totals(&mut self, took: Duration) -> io::Result<()> {
        if let Some(list) = &mut self.list {
            (list.passed, list.failed) = (self.passed, self.failed);
            (list.skipped, list.blessed) = (self.skipped, self.blessed);
            list.duration_seconds = took.as_secs_f64();
            serde_json::to_writer_pretty(&mut *self.out, list)?;
            return writeln!(self.out);
        }
        if self.quiet && self.failed == 0 {
            return Ok(());
        }
        let mut parts = vec![self.painted(Paint::Bold, &format!("{} ok", self.passed))];
        let counts = [
            (self.failed, "failed", Paint::State(State::Critical)),
            (self.blessed, "blessed", Paint::State(State::Warning)),
            (self.skipped, "skipped", Paint::Plain),
        ];
        for (count, word, paint) in counts.into_iter().filter(|(count, ..)| *count > 0) {
            parts.push(self.painted(paint, &format!("{count} {word}")));
        }
        writeln!(self.out, "{}, in {:.1} s", parts.join(", "), took.as_secs_f64())
    }

    /// The number of failed cases.
    pub fn failed(&self) -> usize {
        self.failed
    }

    fn lines(&mut self, lines: &[DifferenceLine]) -> io::Result<()> {
        for line in lines.iter().take(MOST_LINES) {
            let (sign, paint, text) = match line {
                DifferenceLine::Expected(text) => ("- ", Paint::State(State::Ok), text),
                DifferenceLine::Found(text) => ("+ ", Paint::State(State::Critical), text),
                DifferenceLine::Remark(text) => ("  ", Paint::Plain, text),
            };
            let text = self.painted(paint, &format!("{sign}{}", clean(text)));
            writeln!(self.out, "      {}", text.trim_end())?;
        }
        match lines.len().checked_sub(MOST_LINES) {
            None | Some(0) => Ok(()),
            Some(more) => writeln!(self.out, "        and {more} more lines"),
        }
    }

    fn painted(&self, paint: Paint, text: &str) -> String {
        if self.color { paint.on(text) } else { text.to_owned() }
    }
}

/// A text in visible characters. A tab becomes one blank, as the interpreter counts it as one column.
pub fn clean(text: &str) -> String {
    let mut cut: String = text.chars().take(LONGEST_LINE).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    visible(&cut.replace('\t', " "))
}
