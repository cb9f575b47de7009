//! Says a report as lines of JSON, format 1: one object a line, each of which can be understood alone.
//!
//! Adds nothing to what the `json` format says; what each key means is in `schema/report-lines-1.schema.json`.

use std::io::{self, Write};

use serde::Serialize;

use crate::finding::report::{CheckReport, Report, Skip, TargetReport, ids};

use super::json::{self, FindingObject, MetricObject, TargetObject};

/// Says the report: a line for the run, then for each target one, and below it its checks with their
/// findings and metrics.
///
/// Each line that others follow says how many, so that a reader knows when lines are missing.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let started = &report.second();
    let mut lines = Lines { started, out };
    lines.say(
        "run",
        RunObject {
            posemo: env!("CARGO_PKG_VERSION"),
            duration_seconds: report.duration.as_secs_f64(),
            state: report.state().name(),
            targets: report.targets.len(),
        },
    )?;
    report.targets.iter().try_for_each(|target| lines.say_target(target))
}

#[derive(Serialize)]
struct Line<'a, T> {
    format: u32,
    r#type: &'static str,
    started: &'a str,
    #[serde(flatten)]
    content: T,
}

#[derive(Serialize)]
struct RunObject {
    posemo: &'static str,
    duration_seconds: f64,
    state: &'static str,
    targets: usize,
}

#[derive(Serialize)]
struct CheckObject<'a> {
    state: &'static str,
    summary: &'a str,
    duration_seconds: f64,
    error: Option<&'a str>,
    skipped: Option<&'static str>,
    findings: usize,
    metrics: usize,
}

/// Something about a check, with what tells the check from others.
#[derive(Serialize)]
struct Of<'a, T> {
    target: &'a str,
    check: &'a str,
    database: Option<&'a str>,
    #[serde(flatten)]
    content: T,
}

struct Lines<'a> {
    started: &'a str,
    out: &'a mut dyn Write,
}

impl Lines<'_> {
    fn say_target(&mut self, target: &TargetReport) -> io::Result<()> {
        self.say("target", TargetObject::new(target, target.checks.len()))?;
        target.checks.iter().try_for_each(|check| self.say_check(target, check))
    }

    fn say_check(&mut self, target: &TargetReport, check: &CheckReport) -> io::Result<()> {
        let content = CheckObject {
            state: check.state().name(),
            summary: &check.summary,
            duration_seconds: check.duration.as_secs_f64(),
            error: check.error.as_deref(),
            skipped: check.skipped.map(Skip::name),
            findings: check.findings.len(),
            metrics: check.metrics.len(),
        };
        self.say("check", of(target, check, content))?;
        for (id, finding) in ids(&target.target, check).into_iter().zip(&check.findings) {
            self.say("finding", of(target, check, FindingObject::new(id, finding)))?;
        }
        let mut metrics = check.metrics.iter();
        metrics
            .try_for_each(|metric| self.say("metric", of(target, check, MetricObject::new(metric))))
    }

    fn say<T: Serialize>(&mut self, r#type: &'static str, content: T) -> io::Result<()> {
        json::line(&Line { format: 1, r#type, started: self.started, content }, self.out)
    }
}

fn of<'a, T>(target: &'a TargetReport, check: &'a CheckReport, content: T) -> Of<'a, T> {
    Of { target: &target.target, check: &check.check, database: check.database.as_deref(), content }
}
