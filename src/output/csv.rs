//! Writes a report as CSV for spreadsheets: one row for each target, check, finding and metric.
//!
//! Texts are changed to be harmless in spreadsheets; `ndjson` keeps each byte.

use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::finding::Finding;
use crate::finding::metric::Metric;
use crate::finding::range::Range;
use crate::finding::report::{CheckReport, Report, ServerRole, Skip, TargetReport, ids};

use crate::text::visible::visible;

/// The first row.
const HEADER: [&str; 26] = [
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
    "suppressed",
];

/// The number of columns up to `database`: they identify the target, the check and the database of a row.
const COMMON: usize = 9;

/// Writes the report as described in RFC 4180: commas, lines that end with CR and LF, texts in quotes.
///
/// Characters of a text that are not plain are spelled out, so that each line is a row. An apostrophe is written before a
/// character that a spreadsheet could read as the start of a formula, or before an apostrophe: at the start of a text
/// and after a semicolon, which separates cells in many countries. Removing these apostrophes restores the text. Numbers
/// are not changed, and a value that is not finite is an empty cell.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = builder().from_writer(out);
    writer.write_record(HEADER)?;
    for target in &report.targets {
        let row = CsvRow::new("target", report, target);
        writer.write_record(row.with_target(target).cells)?;
        for check in &target.checks {
            let row = |r#type| CsvRow::new(r#type, report, target).with_check(check);
            writer.write_record(row("check").with_result(check).cells)?;
            for (id, finding) in ids(&target.target, check).iter().zip(&check.findings) {
                writer.write_record(row("finding").with_finding(id, finding).cells)?;
            }
            for metric in &check.metrics {
                writer.write_record(row("metric").with_metric(metric).cells)?;
            }
        }
    }
    writer.flush()
}

/// A table in the same form: its texts are as harmless.
pub fn table<const N: usize>(
    head: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> io::Result<Vec<u8>> {
    let mut writer = builder().from_writer(Vec::new());
    writer.write_record(head)?;
    for row in rows {
        writer.write_record(row.map(|cell| text(&cell)))?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

fn builder() -> WriterBuilder {
    let mut builder = WriterBuilder::new();
    builder.quote_style(QuoteStyle::NonNumeric).terminator(Terminator::CRLF);
    builder
}

/// A row. Only the columns of its type are filled.
struct CsvRow {
    cells: [String; HEADER.len()],
}

impl CsvRow {
    fn new(r#type: &str, report: &Report, target: &TargetReport) -> CsvRow {
        let mut row = CsvRow { cells: std::array::from_fn(|_| String::new()) };
        let port = target.port.map(|port| port.to_string()).unwrap_or_default();
        let common = [
            r#type.to_owned(),
            text(&report.second()),
            text(&target.target),
            optional(target.host.as_deref()),
            port,
            optional(target.server_version.as_deref()),
            optional(target.role.map(ServerRole::name)),
        ];
        row.cells[..common.len()].clone_from_slice(&common);
        row
    }

    fn set(mut self, column: &str, cell: String) -> CsvRow {
        let position = HEADER.iter().position(|name| *name == column);
        self.cells[position.expect("the name is a column of the header")] = cell;
        self
    }

    fn with_check(mut self, check: &CheckReport) -> CsvRow {
        self.cells[COMMON - 2] = text(&check.check);
        self.cells[COMMON - 1] = optional(check.database.as_deref());
        self
    }

    fn with_target(self, target: &TargetReport) -> CsvRow {
        self.set("state", target.state().name().to_owned())
            .set("error", optional(target.error.as_deref()))
    }

    fn with_result(self, check: &CheckReport) -> CsvRow {
        self.set("state", check.state().name().to_owned())
            .set("summary", text(&check.summary))
            .set("error", optional(check.error.as_deref()))
            .set("skipped", optional(check.skipped.map(Skip::name)))
            .set("duration_seconds", number(check.duration.as_secs_f64()))
    }

    fn with_finding(self, id: &str, finding: &Finding) -> CsvRow {
        let suppressed = finding.suppressed.as_ref().map(ToString::to_string);
        self.set("state", finding.state.name().to_owned())
            .set("object", optional(finding.object.as_deref()))
            .set("summary", text(&finding.summary))
            .set("severity", finding.severity.name().to_owned())
            .set("description", optional(finding.description.as_deref()))
            .set("read_more_url", optional(finding.read_more_url.as_deref()))
            .set("id", id.to_owned())
            .set("suppressed", optional(suppressed.as_deref()))
    }

    fn with_metric(self, metric: &Metric) -> CsvRow {
        self.set("object", optional(metric.object.as_deref()))
            .set("metric", text(&metric.name))
            .set("value", number(metric.value))
            .set("unit", metric.unit.name().to_owned())
            .set("kind", metric.kind.name().to_owned())
            .set("warning", range(metric.warning.as_ref()))
            .set("critical", range(metric.critical.as_ref()))
    }
}

/// The shortest decimal that reads back as the same number.
fn number(value: f64) -> String {
    if value.is_finite() { format!("{value:?}") } else { String::new() }
}

fn range(range: Option<&Range>) -> String {
    optional(range.map(Range::as_str))
}

fn optional(cell: Option<&str>) -> String {
    cell.map(text).unwrap_or_default()
}

/// A text that a spreadsheet does not compute.
fn text(cell: &str) -> String {
    let parts = visible(cell).split(';').map(inert).collect::<Vec<_>>();
    parts.join(";")
}

fn inert(part: &str) -> String {
    let begin = part.len() - part.trim_start().len();
    // With East Asian settings, a spreadsheet reads the wide forms like the narrow ones.
    let dangerous = part[begin..].starts_with(|first: char| "=+-@'＝＋－＠".contains(first));
    let (blanks, rest) = part.split_at(begin);
    if dangerous { format!("{blanks}'{rest}") } else { part.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_formulas_are_changed() {
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
    fn a_number_reads_back_as_the_same_number() {
        for value in [0.1, -12.5, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e21, 62.0, -0.0] {
            let read = number(value).parse::<f64>().expect("a number was written");
            assert_eq!(read.to_bits(), value.to_bits());
        }
        assert_eq!(number(f64::NAN) + &number(f64::INFINITY), "");
    }
}
