//! Says what became of cases: one line each, with the difference below where there is one.
//!
//! Names and texts of others are shown so that they cannot move the cursor.

use std::io::{self, Write};
use std::time::Duration;

use crate::cases::difference::Line;
use crate::finding::State;
use crate::output::table::paint::Paint;
use crate::text::visible::visible;

/// A case that takes longer is shown with its time.
const SLOW: Duration = Duration::from_secs(2);

/// So many lines of one case are shown.
const MOST_LINES: usize = 60;

/// So many characters of a line.
const LONGEST_LINE: usize = 2000;

/// What became of one case.
#[derive(Debug)]
pub(super) struct Told {
    /// `check::case`, with the server where there was one.
    pub(super) name: String,
    pub(super) took: Duration,
    pub(super) verdict: Verdict,
}

/// How a case ended.
#[derive(Debug)]
pub(super) enum Verdict {
    Held,
    Failed(Vec<Line>),
    /// It is not for this server.
    LeftOut(String),
    /// What was found is written into its file now.
    Blessed,
}

impl Told {
    /// Something that could not even be begun.
    pub(super) fn failed(name: &str, reason: &str) -> Told {
        let lines = reason.lines().map(|line| Line::Remark(line.to_owned())).collect();
        Told { name: name.to_owned(), took: Duration::ZERO, verdict: Verdict::Failed(lines) }
    }
}

/// Writes lines, and counts.
pub(super) struct Printer<'o> {
    out: &'o mut dyn Write,
    color: bool,
    quiet: bool,
    held: usize,
    failed: usize,
    left_out: usize,
    blessed: usize,
}

impl<'o> Printer<'o> {
    pub(super) fn new(out: &'o mut dyn Write, color: bool, quiet: bool) -> Printer<'o> {
        Printer { out, color, quiet, held: 0, failed: 0, left_out: 0, blessed: 0 }
    }

    /// One case. It is flushed, as the next one may take long.
    pub(super) fn say(&mut self, told: &Told) -> io::Result<()> {
        let (word, state, count) = match told.verdict {
            Verdict::Held => ("ok   ", Paint::State(State::Ok), &mut self.held),
            Verdict::Failed(_) => ("FAIL ", Paint::State(State::Critical), &mut self.failed),
            Verdict::LeftOut(_) => ("skip ", Paint::Dim, &mut self.left_out),
            Verdict::Blessed => ("bless", Paint::State(State::Warning), &mut self.blessed),
        };
        *count += 1;
        if self.quiet && !matches!(told.verdict, Verdict::Failed(_)) {
            return Ok(());
        }
        let time = if told.took < SLOW {
            String::new()
        } else {
            self.painted(Paint::Dim, &format!(" ({:.1} s)", told.took.as_secs_f64()))
        };
        let reason = match &told.verdict {
            Verdict::LeftOut(reason) => self.painted(Paint::Dim, &format!(": {}", visible(reason))),
            _ => String::new(),
        };
        let (word, name) = (self.painted(state, word), visible(&told.name));
        writeln!(self.out, "{word} {name}{reason}{time}")?;
        if let Verdict::Failed(lines) = &told.verdict {
            self.lines(lines)?;
        }
        self.out.flush()
    }

    /// Something that a check might do better.
    pub(super) fn note(&mut self, check: &str, remark: &str) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        let word = self.painted(Paint::Dim, "note ");
        writeln!(self.out, "{word} {} {}", visible(check), visible(remark))
    }

    /// The last line.
    pub(super) fn totals(&mut self, took: Duration) -> io::Result<()> {
        if self.quiet && self.failed == 0 {
            return Ok(());
        }
        let mut parts = vec![self.painted(Paint::Bold, &format!("{} ok", self.held))];
        let counts = [
            (self.failed, "failed", Paint::State(State::Critical)),
            (self.blessed, "blessed", Paint::State(State::Warning)),
            (self.left_out, "left out", Paint::Plain),
        ];
        for (count, word, paint) in counts.into_iter().filter(|(count, ..)| *count > 0) {
            parts.push(self.painted(paint, &format!("{count} {word}")));
        }
        writeln!(self.out, "{}, in {:.1} s", parts.join(", "), took.as_secs_f64())
    }

    /// How many cases failed.
    pub(super) fn failed(&self) -> usize {
        self.failed
    }

    fn lines(&mut self, lines: &[Line]) -> io::Result<()> {
        for line in lines.iter().take(MOST_LINES) {
            let (sign, paint, text) = match line {
                Line::Expected(text) => ("- ", Paint::State(State::Ok), text),
                Line::Found(text) => ("+ ", Paint::State(State::Critical), text),
                Line::Remark(text) => ("  ", Paint::Plain, text),
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

/// What the interpreter shows of a failure, less what the one line above it says already: the calls that led
/// to it where there were some, and the source with a caret.
pub(super) fn excerpt(details: &str) -> impl Iterator<Item = &str> {
    let called = details.lines().any(|line| line.starts_with("  * "));
    // At the end of a source there is nothing to show.
    let is_source =
        |line: &str| line.trim_start().starts_with(|first: char| first.is_ascii_digit());
    let shown = details.lines().any(is_source);
    details.lines().filter(move |_| shown).filter(move |line| {
        let heading = line.starts_with("Traceback") && !called;
        !heading && *line != "  File <builtin>, in <module>" && !line.starts_with("error: ")
    })
}

/// Harmless to look at; a tab counts one column, as for the interpreter's caret.
pub(super) fn clean(text: &str) -> String {
    let mut cut: String = text.chars().take(LONGEST_LINE).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    visible(&cut.replace('\t', " "))
}
