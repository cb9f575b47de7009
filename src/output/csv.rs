//! Says a report as CSV for spreadsheets: one row a finding or metric, and one for what has neither.
//!
//! Is for reading, not for parsing back byte by byte: `ndjson` keeps every byte.

use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::finding::Finding;
use crate::finding::metric::Metric;
use crate::finding::range::Range;
use crate::finding::report::{CheckReport, Report, ServerRole, Skip, TargetReport, ids};

use crate::text::visible::visible;

/// The first row.
const HEADER: [&str; 25] = [
    "type",
    "started",
    "target",
    "host",
    "port",
    "server_version",
    "role",
    "check",
    "database",
    "state",
    "object",
    "summary",
    "error",
    "skipped",
    "duration_seconds",
    "severity",
    "description",
    "read_more_url",
    "id",
    "metric",
    "value",
    "unit",
    "kind",
    "warning",
    "critical",
];

/// How many columns every row has before those of its own kind: up to `database`.
const PLACE: usize = 9;

/// Says the report as RFC 4180 has it: commas, lines that end in CR and LF, texts in quotes.
///
/// Everything in a text that is not plain is spelled out, so that a line is a row. Where a spreadsheet
/// could see the start of a formula, at the start of a text or behind a semicolon (which parts the cells in
/// half of the world), stands an apostrophe; and so it does where there is one already. Whoever takes one
/// away in each such place has what was meant. Numbers stand as they are, and a value that is not finite is
/// an empty cell.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut builder = WriterBuilder::new();
    builder.quote_style(QuoteStyle::NonNumeric).terminator(Terminator::CRLF);
    let mut writer = builder.from_writer(out);
    writer.write_record(HEADER)?;
    for target in &report.targets {
        let row = Row::new("target", report, target);
        writer.write_record(row.of_target(target).cells)?;
        for check in &target.checks {
            let row = |r#type| Row::new(r#type, report, target).of_check(check);
            writer.write_record(row("check").of_answer(check).cells)?;
            for (id, finding) in ids(&target.target, check).iter().zip(&check.findings) {
                writer.write_record(row("finding").of_finding(id, finding).cells)?;
            }
            for metric in &check.metrics {
                writer.write_record(row("metric").of_metric(metric).cells)?;
            }
        }
    }
    writer.flush()
}

/// One row, of which no more is filled than what it is about.
struct Row {
    cells: [String; HEADER.len()],
}

impl Row {
    fn new(r#type: &str, report: &Report, target: &TargetReport) -> Row {
        let mut row = Row { cells: std::array::from_fn(|_| String::new()) };
        let port = target.port.map(|port| port.to_string()).unwrap_or_default();
        let place = [
            r#type.to_owned(),
            text(&report.second()),
            text(&target.target),
            optional(target.host.as_deref()),
            port,
            optional(target.server_version.as_deref()),
            optional(target.role.map(ServerRole::name)),
        ];
        row.cells[..place.len()].clone_from_slice(&place);
        row
    }

    fn set(mut self, column: &str, cell: String) -> Row {
        let position = HEADER.iter().position(|name| *name == column);
        self.cells[position.expect("only columns of the header are named")] = cell;
        self
    }

    fn of_check(mut self, check: &CheckReport) -> Row {
        self.cells[PLACE - 2] = text(&check.check);
        self.cells[PLACE - 1] = optional(check.database.as_deref());
        self
    }

    fn of_target(self, target: &TargetReport) -> Row {
        self.set("state", target.state().name().to_owned())
            .set("error", optional(target.error.as_deref()))
    }

    fn of_answer(self, check: &CheckReport) -> Row {
        self.set("state", check.state().name().to_owned())
            .set("summary", text(&check.summary))
            .set("error", optional(check.error.as_deref()))
            .set("skipped", optional(check.skipped.map(Skip::name)))
            .set("duration_seconds", number(check.duration.as_secs_f64()))
    }

    fn of_finding(self, id: &str, finding: &Finding) -> Row {
        self.set("state", finding.state.name().to_owned())
            .set("object", optional(finding.object.as_deref()))
            .set("summary", text(&finding.summary))
            .set("severity", finding.severity.name().to_owned())
            .set("description", optional(finding.description.as_deref()))
            .set("read_more_url", optional(finding.read_more_url.as_deref()))
            .set("id", id.to_owned())
    }

    fn of_metric(self, metric: &Metric) -> Row {
        self.set("object", optional(metric.object.as_deref()))
            .set("metric", text(&metric.name))
            .set("value", number(metric.value))
            .set("unit", metric.unit.name().to_owned())
            .set("kind", metric.kind.name().to_owned())
            .set("warning", range(metric.warning.as_ref()))
            .set("critical", range(metric.critical.as_ref()))
    }
}

/// A number that reads back as the same one.
fn number(value: f64) -> String {
    if value.is_finite() { format!("{value:?}") } else { String::new() }
}

fn range(range: Option<&Range>) -> String {
    optional(range.map(Range::as_str))
}

fn optional(cell: Option<&str>) -> String {
    cell.map(text).unwrap_or_default()
}

/// A text that no spreadsheet computes.
fn text(cell: &str) -> String {
    let parts = visible(cell).split(';').map(inert).collect::<Vec<_>>();
    parts.join(";")
}

fn inert(part: &str) -> String {
    let begin = part.len() - part.trim_start().len();
    // The wide forms are what a spreadsheet takes for the narrow ones in East Asian settings.
    let dangerous = part[begin..].starts_with(|first: char| "=+-@'＝＋－＠".contains(first));
    let (blanks, rest) = part.split_at(begin);
    if dangerous { format!("{blanks}'{rest}") } else { part.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_becomes_a_text_and_nothing_else_changes() {
        for (cell, expected) in [
            ("orders", "orders"),
            ("=1+1", "'=1+1"),
            ("  =1+1", "  '=1+1"),
            ("a;=1+1; -2;b", "a;'=1+1; '-2;b"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@sum(a1)", "'@sum(a1)"),
            ("＝1", "'＝1"),
            ("'=1", "''=1"),
            ("\t=1", "\\t=1"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(text(cell), expected);
        }
    }

    #[test]
    fn a_number_reads_back_as_the_same_one() {
        for value in [0.1, -12.5, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e21, 62.0, -0.0] {
            let read = number(value).parse::<f64>().expect("a number was written");
            assert_eq!(read.to_bits(), value.to_bits());
        }
        assert_eq!(number(f64::NAN) + &number(f64::INFINITY), "");
    }
}
