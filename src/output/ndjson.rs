//! Writes a report as lines of JSON, format 1: one object a line, each complete without the others.
//!
//! `schema/report-lines-1.schema.json` documents each key.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use crate::finding::State;
use crate::finding::report::{CheckReport, Report, Skip, TargetReport, ids};
use crate::report::{FORMAT, FindingObject, MetricObject, TargetObject};

use super::json;

/// Writes one line for the run; then, for each target, one line, followed by its checks with their findings
/// and metrics.
///
/// The line of a run, a target or a check has the number of its parts, so that a reader notices missing lines.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let started = &report.second();
    let mut lines = JsonLines { started, out };
    lines.write(
        "run",
        RunLine {
            posemo: env!("CARGO_PKG_VERSION"),
            duration_seconds: report.duration.as_secs_f64(),
            state: report.state(),
            targets: report.targets.len(),
        },
    )?;
    report.targets.iter().try_for_each(|target| lines.write_target(target))
}

#[derive(Serialize)]
struct JsonLine<'a, T> {
    format: u32,
    r#type: &'static str,
    started: &'a str,
    #[serde(flatten)]
    content: T,
}

#[derive(Serialize)]
struct RunLine {
    posemo: &'static str,
    duration_seconds: f64,
    state: State,
    targets: usize,
}

#[derive(Serialize)]
struct CheckLine<'a> {
    state: State,
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval_seconds: Option<u64>,
    duration_seconds: f64,
    error: Option<&'a str>,
    skipped: Option<Skip>,
    findings: usize,
    metrics: usize,
}

/// A part of a check's report, with the target, check and database that it belongs to.
#[derive(Serialize)]
struct CheckPart<'a, T> {
    target: &'a str,
    check: &'a str,
    database: Option<&'a str>,
    #[serde(flatten)]
    content: T,
}

struct JsonLines<'a> {
    started: &'a str,
    out: &'a mut dyn Write,
}

impl JsonLines<'_> {
    fn write_target(&mut self, target: &TargetReport) -> io::Result<()> {
        self.write("target", TargetObject::new(target, target.checks.len()))?;
        target.checks.iter().try_for_each(|check| self.write_check(target, check))
    }

    fn write_check(&mut self, target: &TargetReport, check: &CheckReport) -> io::Result<()> {
        let content = CheckLine {
            state: check.state(),
            summary: &check.summary,
            at: check.at,
            interval_seconds: check.interval.map(|interval| interval.as_secs()),
            duration_seconds: check.duration.as_secs_f64(),
            error: check.error.as_deref(),
            skipped: check.skipped,
            findings: check.findings.len(),
            metrics: check.metrics.len(),
        };
        self.write("check", part(target, check, content))?;
        for (id, finding) in ids(&target.target, check).into_iter().zip(&check.findings) {
            self.write("finding", part(target, check, FindingObject::new(id, finding)))?;
        }
        for metric in &check.metrics {
            self.write("metric", part(target, check, MetricObject::from(metric)))?;
        }
        Ok(())
    }

    fn write<T: Serialize>(&mut self, r#type: &'static str, content: T) -> io::Result<()> {
        json::line(&JsonLine { format: FORMAT, r#type, started: self.started, content }, self.out)
    }
}

fn part<'a, T>(target: &'a TargetReport, check: &'a CheckReport, content: T) -> CheckPart<'a, T> {
    let database = check.database.as_deref();
    CheckPart { target: &target.target, check: &check.check, database, content }
}
