//! The lines of one service: its state, its name, its summary, and below it what else there is.
//!
//! Knows the columns, but not what surrounds the service.

use std::io::{self, Write};

use crate::finding::State;
use crate::finding::report::CheckReport;
use crate::output::remark::{Remark, details, remarks, summary};
use crate::text::visible::visible;
use crate::text::width::{width, wrap};

use super::metric::sentence;
use super::paint::Paint;
use super::{Layout, MARGIN, Verbosity};

/// How many findings are shown of a service unless all are asked for.
const FINDINGS: usize = 10;

/// How far a finding stands to the right: the longest state and a blank.
const MARK: usize = 9;

/// How far stands to the right what belongs to the line above.
const ASIDE: usize = 2;

/// A check's report, and the name it has in the table.
pub(super) struct Service<'a> {
    check: &'a CheckReport,
    label: String,
}

/// A line of the last column.
struct Line {
    mark: Option<(State, &'static str)>,
    indent: usize,
    paint: Paint,
    text: String,
}

impl<'a> Service<'a> {
    /// The service that a check's report is about.
    pub(super) fn new(check: &'a CheckReport) -> Self {
        let label = match &check.database {
            Some(database) => format!("{} ({database})", check.check),
            None => check.check.clone(),
        };
        Self { check, label: visible(&label) }
    }

    /// How many columns the name would take.
    pub(super) fn label_width(&self) -> usize {
        width(&self.label)
    }

    /// The place among its neighbours.
    pub(super) fn rank(&self) -> (bool, u8) {
        (self.check.skipped.is_some(), self.check.state().rank())
    }

    /// Writes the service's lines.
    pub(super) fn write(&self, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
        let labels = wrap(&self.label, layout.label_width);
        let lines = self.lines(layout);
        let (paint, state) = self.state();
        for row in 0..labels.len().max(lines.len()) {
            let label = labels.get(row).map_or("", String::as_str);
            let line = lines.get(row).map(|line| line.painted(layout)).unwrap_or_default();
            let label_paint = if self.check.skipped.is_some() { Paint::Dim } else { Paint::Plain };
            let label = layout.padded(label_paint, label, layout.label_width);
            let state = layout.padded(paint, if row == 0 { state } else { "" }, 8);
            writeln!(out, "{}", format!("  {state}  {label}  {line}").trim_end())?;
        }
        Ok(())
    }

    fn state(&self) -> (Paint, &'static str) {
        if self.check.skipped.is_some() {
            return (Paint::Dim, "-");
        }
        (Paint::State(self.check.state()), self.check.state().label())
    }

    fn lines(&self, layout: &Layout) -> Vec<Line> {
        let columns = layout.style.width.saturating_sub(MARGIN + layout.label_width + 2);
        let verbose = layout.style.verbosity == Verbosity::Verbose;
        let mut lines = Lines { columns, lines: Vec::new() };
        let summary = summary(self.check);
        let paint = if self.check.skipped.is_some() { Paint::Dim } else { Paint::Plain };
        lines.add(None, 0, paint, &summary);
        let remarks = remarks(self.check);
        let shown = remarks.iter().filter(|remark| verbose || remark.state != State::Ok);
        let most = if verbose { usize::MAX } else { FINDINGS };
        for remark in shown.clone().take(most) {
            lines.add_remark(remark, &summary, verbose || layout.style.explains);
        }
        let missing = shown.count().saturating_sub(most);
        if missing > 0 {
            lines.add(None, ASIDE, Paint::Dim, &format!("{missing} more; -v shows all"));
        }
        for metric in self.check.metrics.iter().filter(|_| verbose) {
            lines.add(None, ASIDE, Paint::Dim, &sentence(metric));
        }
        lines.lines
    }
}

impl Line {
    fn painted(&self, layout: &Layout) -> String {
        let (paint, mark) =
            self.mark.map_or((Paint::Plain, ""), |(state, mark)| (Paint::State(state), mark));
        let mark = layout.padded(paint, mark, self.indent);
        format!("{mark}{}", layout.paint(self.paint, &self.text))
    }
}

/// Lines of the last column, and how wide it is.
struct Lines {
    columns: usize,
    lines: Vec<Line>,
}

impl Lines {
    /// Adds a text, wrapped; its first line bears the mark, and all stand so far to the right.
    fn add(
        &mut self,
        mark: Option<(State, &'static str)>,
        indent: usize,
        paint: Paint,
        text: &str,
    ) {
        let texts = wrap(&visible(text), self.columns.saturating_sub(indent));
        let lines = texts.into_iter().enumerate().map(|(position, text)| Line {
            mark: mark.filter(|_| position == 0),
            indent,
            paint,
            text,
        });
        self.lines.extend(lines);
    }

    /// Adds a remark where the summary does not say it already, and what is known beside.
    fn add_remark(&mut self, remark: &Remark, summary: &str, explains: bool) {
        let new = !summary.contains(&remark.text);
        let Some(finding) = remark.finding else {
            // Only an error may have lines of its own; in a finding a line's end belongs to a name.
            for line in remark.text.lines().filter(|_| new) {
                self.add(None, ASIDE, Paint::Plain, line);
            }
            return;
        };
        if new {
            // What is no problem may still be more or less worth knowing.
            let problem = remark.state != State::Ok;
            let mark = if problem { remark.state.name() } else { finding.severity.name() };
            self.add(Some((remark.state, mark)), MARK, Paint::Plain, &remark.text);
        }
        for line in details(finding).iter().filter(|_| explains) {
            self.add(None, if new { MARK } else { ASIDE }, Paint::Dim, line);
        }
    }
}
