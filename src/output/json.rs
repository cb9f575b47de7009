//! Says a report as JSON, format 1, in one line.
//!
//! Adds nothing to the report but ids and totals; what each key means is in `schema/report-1.schema.json`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::finding::report::{CheckReport, Report, Role, Skip, TargetReport, ids};
use crate::finding::{Finding, Metric};

use super::text::is_plain;

/// Says the report as one line of JSON.
///
/// A value that is not finite becomes `null`, as JSON has no word for it.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        format: 1,
        posemo: env!("CARGO_PKG_VERSION"),
        started: report.second(),
        duration_seconds: report.duration.as_secs_f64(),
        state: report.state().name(),
        targets: report.targets.iter().map(target).collect(),
    };
    line(&document, out)
}

/// Writes anything as one line of JSON that is harmless to look at.
pub(super) fn line<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, PlainFormatter))?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    posemo: &'static str,
    started: String,
    duration_seconds: f64,
    state: &'static str,
    targets: Vec<TargetObject<'a, Vec<CheckObject<'a>>>>,
}

/// A target, as JSON has it, with its checks or their number.
#[derive(Serialize)]
pub(super) struct TargetObject<'a, Checks> {
    target: &'a str,
    host: Option<&'a str>,
    port: Option<u16>,
    server_version: Option<&'a str>,
    role: Option<&'static str>,
    state: &'static str,
    error: Option<&'a str>,
    checks: Checks,
}

#[derive(Serialize)]
struct CheckObject<'a> {
    check: &'a str,
    database: Option<&'a str>,
    state: &'static str,
    summary: &'a str,
    duration_seconds: f64,
    findings: Vec<FindingObject<'a>>,
    metrics: Vec<MetricObject<'a>>,
    error: Option<&'a str>,
    skipped: Option<&'static str>,
}

/// A finding, as JSON has it.
#[derive(Serialize)]
pub(super) struct FindingObject<'a> {
    id: String,
    state: &'static str,
    severity: &'static str,
    object: Option<&'a str>,
    summary: &'a str,
    description: Option<&'a str>,
    read_more_url: Option<&'a str>,
    labels: &'a BTreeMap<String, String>,
}

/// A metric, as JSON has it.
#[derive(Serialize)]
pub(super) struct MetricObject<'a> {
    name: &'a str,
    object: Option<&'a str>,
    value: Option<f64>,
    unit: &'static str,
    kind: &'static str,
    warning: Option<&'a str>,
    critical: Option<&'a str>,
}

fn target(target: &TargetReport) -> TargetObject<'_, Vec<CheckObject<'_>>> {
    let checks = target.checks.iter().map(|report| check(&target.target, report)).collect();
    TargetObject::new(target, checks)
}

fn check<'a>(target: &str, report: &'a CheckReport) -> CheckObject<'a> {
    let ids = ids(target, report);
    CheckObject {
        check: &report.check,
        database: report.database.as_deref(),
        state: report.state().name(),
        summary: &report.summary,
        duration_seconds: report.duration.as_secs_f64(),
        findings: ids
            .into_iter()
            .zip(&report.findings)
            .map(|(id, finding)| FindingObject::new(id, finding))
            .collect(),
        metrics: report.metrics.iter().map(MetricObject::new).collect(),
        error: report.error.as_deref(),
        skipped: report.skipped.map(Skip::name),
    }
}

impl<'a, Checks> TargetObject<'a, Checks> {
    /// The target with these checks.
    pub(super) fn new(target: &'a TargetReport, checks: Checks) -> Self {
        Self {
            target: &target.target,
            host: target.host.as_deref(),
            port: target.port,
            server_version: target.server_version.as_deref(),
            role: target.role.map(Role::name),
            state: target.state().name(),
            error: target.error.as_deref(),
            checks,
        }
    }
}

impl<'a> FindingObject<'a> {
    /// The finding with that id.
    pub(super) fn new(id: String, finding: &'a Finding) -> Self {
        Self {
            id,
            state: finding.state.name(),
            severity: finding.severity.name(),
            object: finding.object.as_deref(),
            summary: &finding.summary,
            description: finding.description.as_deref(),
            read_more_url: finding.read_more_url.as_deref(),
            labels: &finding.labels,
        }
    }
}

impl<'a> MetricObject<'a> {
    /// The metric, with `null` for what JSON has no word for.
    pub(super) fn new(metric: &'a Metric) -> Self {
        Self {
            name: &metric.name,
            object: metric.object.as_deref(),
            value: Some(metric.value).filter(|value| value.is_finite()),
            unit: metric.unit.name(),
            kind: metric.kind.name(),
            warning: metric.warning.as_deref(),
            critical: metric.critical.as_deref(),
        }
    }
}

/// Writes compact JSON in which everything that is not plain is escaped as `\u202e`.
///
/// JSON allows most of it as it is, but people look at JSON on terminals.
struct PlainFormatter;

impl Formatter for PlainFormatter {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(start) = rest.find(|character| !is_plain(character)) {
            let (plain, other) = rest.split_at(start);
            out.write_all(plain.as_bytes())?;
            let end = other.find(is_plain).unwrap_or(other.len());
            for unit in other[..end].encode_utf16() {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &other[end..];
        }
        out.write_all(rest.as_bytes())
    }
}
