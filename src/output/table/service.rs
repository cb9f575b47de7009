//! Writes the lines of one check: state, name and summary, and below them problems, details and metrics.

use std::io::{self, Write};

use crate::finding::State;
use crate::finding::metric::Metric;
use crate::finding::report::CheckReport;
use crate::output::remark::{Remark, details, remarks, summary};
use crate::text::visible::visible;
use crate::text::width::{width, wrap};

use super::layout::{Layout, MARGIN, Paint, Verbosity};

/// The maximum number of findings of a check, unless the table is verbose.
const FINDINGS: usize = 10;

/// The indentation of a finding: the longest state and a blank.
const MARK: usize = 9;

/// The indentation of a line that belongs to the line above.
const DETAIL: usize = 2;

/// A check's report, and its name in the table.
pub(super) struct TableService<'a> {
    check: &'a CheckReport,
    label: String,
}

/// A line of the last column.
struct TableLine {
    mark: Option<(State, &'static str)>,
    indent: usize,
    paint: Paint,
    text: String,
}

impl<'a> TableService<'a> {
    /// The part of the table for a check's report.
    pub(super) fn new(check: &'a CheckReport) -> Self {
        let label = match &check.database {
            Some(database) => format!("{} ({database})", check.check),
            None => check.check.clone(),
        };
        Self { check, label: visible(&label) }
    }

    /// The width of the name in columns.
    pub(super) fn label_width(&self) -> usize {
        width(&self.label)
    }

    /// Whether the check was not run.
    pub(super) fn is_skipped(&self) -> bool {
        self.check.skipped.is_some()
    }

    /// Whether it can share a line with others: it is OK, or it is not for this server.
    pub(super) fn is_quiet(&self) -> bool {
        self.check.state() == State::Ok && (self.is_skipped() || !self.check.topic.is_empty())
    }

    /// The line that it shares with others if it is folded: for a check that ran its topic, otherwise the reason.
    pub(super) fn group(&self) -> String {
        if self.is_skipped() { summary(self.check) } else { self.check.topic.clone() }
    }

    /// The name of the check, without a database.
    pub(super) fn name(&self) -> &str {
        &self.check.check
    }

    /// The position among the checks of a target.
    pub(super) fn rank(&self) -> (bool, u8) {
        (self.check.skipped.is_some(), self.check.state().rank())
    }

    /// Writes the lines.
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

    fn lines(&self, layout: &Layout) -> Vec<TableLine> {
        let columns = layout.style.width.saturating_sub(MARGIN + layout.label_width + 2);
        let verbose = layout.style.verbosity == Verbosity::Verbose;
        let all = layout.style.verbosity.shows_all();
        let mut lines = TableLines { columns, lines: Vec::new() };
        let summary = summary(self.check);
        let paint = if self.check.skipped.is_some() { Paint::Dim } else { Paint::Plain };
        lines.add(None, 0, paint, &summary);
        let remarks = remarks(self.check);
        let shown = remarks.iter().filter(|remark| verbose || remark.state != State::Ok);
        let most = if all { usize::MAX } else { FINDINGS };
        for remark in shown.clone().take(most) {
            lines.add_remark(remark, &summary, all || layout.style.explains);
        }
        let missing = shown.count().saturating_sub(most);
        if missing > 0 {
            lines.add(None, DETAIL, Paint::Dim, &format!("{missing} more; -v shows all"));
        }
        for metric in self.check.metrics.iter().filter(|_| verbose) {
            lines.add(None, DETAIL, Paint::Dim, &metric_text(metric));
        }
        lines.lines
    }
}

impl TableLine {
    fn painted(&self, layout: &Layout) -> String {
        let (paint, mark) =
            self.mark.map_or((Paint::Plain, ""), |(state, mark)| (Paint::State(state), mark));
        let mark = layout.padded(paint, mark, self.indent);
        format!("{mark}{}", layout.paint(self.paint, &self.text))
    }
}

/// The lines of the last column, and its width.
struct TableLines {
    columns: usize,
    lines: Vec<TableLine>,
}

impl TableLines {
    /// Adds a text, wrapped. The first line has the mark, and all lines have the indentation.
    fn add(
        &mut self,
        mark: Option<(State, &'static str)>,
        indent: usize,
        paint: Paint,
        text: &str,
    ) {
        let texts = wrap(&visible(text), self.columns.saturating_sub(indent));
        let lines = texts.into_iter().enumerate().map(|(position, text)| TableLine {
            mark: mark.filter(|_| position == 0),
            indent,
            paint,
            text,
        });
        self.lines.extend(lines);
    }

    /// Adds a remark unless the summary contains it, and its details.
    fn add_remark(&mut self, remark: &Remark, summary: &str, explains: bool) {
        let new = !summary.contains(&remark.text);
        let Some(finding) = remark.finding else {
            // The lines of an error are kept. In a finding the end of a line is part of a name.
            for line in remark.text.lines().filter(|_| new) {
                self.add(None, DETAIL, Paint::Plain, line);
            }
            return;
        };
        if new {
            // The severity distinguishes findings whose state is OK: notice, info, debug.
            let problem = remark.state != State::Ok;
            let by_state = problem || finding.suppressed.is_some();
            let mark = if by_state { remark.state.name() } else { finding.severity.name() };
            self.add(Some((remark.state, mark)), MARK, Paint::Plain, &remark.text);
        }
        for line in details(finding).iter().filter(|_| explains) {
            self.add(None, if new { MARK } else { DETAIL }, Paint::Dim, line);
        }
    }
}

/// A metric for people: name, object, value and ranges.
fn metric_text(metric: &Metric) -> String {
    let object = metric.object.as_ref().map(|object| format!(" {object}")).unwrap_or_default();
    let ranges = [("warning", &metric.warning), ("critical", &metric.critical)];
    let ranges =
        ranges.iter().filter_map(|(name, range)| Some(format!("{name} {}", range.as_ref()?)));
    let ranges = ranges.collect::<Vec<_>>().join(", ");
    let ranges = if ranges.is_empty() { ranges } else { format!(" ({ranges})") };
    format!("{}{object} = {}{ranges}", metric.name, metric.unit.amount(metric.value))
}
