//! Judges the checks of a target that have a document instead of queries. They need no session.
//!
//! A document that is missing, too old, too large or of another form makes the check Unknown, with one message.

use tokio::time::Instant;

use super::document_file::{self, ReadDocument};
use super::job::{DocumentCheck, DocumentInput, Job};
use super::judge::{Judge, empty, failed, remarks};
use super::script_queue::ScriptRun;
use crate::catalog::document::CheckDocument;
use crate::catalog::thresholds::ObjectName;
use crate::evaluate::document::{DocumentJudgement, judge as judge_rows};
use crate::evaluate::threshold;
use crate::finding::report::CheckReport;
use crate::finding::{Finding, State};
use crate::rows::ScriptInput;
use crate::text::interval;
use crate::text::number;

/// A document, or the reason why it cannot be judged.
type Read = Result<ReadDocument, String>;

/// The reports of the checks with a document. Each document is read once.
pub(super) async fn reports(job: &Job, judge: &Judge, deadline: Instant) -> Vec<CheckReport> {
    let mut read: Vec<(&DocumentInput, Read)> = Vec::new();
    let mut reports = Vec::with_capacity(job.documents.len());
    for one in &job.documents {
        let is_same = |(input, _): &&(&DocumentInput, Read)| **input == one.input;
        if read.iter().find(is_same).is_none() {
            read.push((&one.input, document_file::read(&one.input, deadline).await));
        }
        if let Some((_, document)) = read.iter().find(is_same) {
            reports.push(report(one, document, judge, deadline).await);
        }
    }
    reports
}

async fn report(one: &DocumentCheck, read: &Read, judge: &Judge, deadline: Instant) -> CheckReport {
    let began = Instant::now();
    let check = &one.planned.check;
    let mut report = empty(check, None, began.elapsed());
    let Some(document) = &check.document else { return report };
    let judged = match read {
        Ok(read) => judged(one, document, read, judge, deadline, &mut report).await,
        Err(problem) => Err(problem.clone()),
    };
    let quiet = judged.unwrap_or_else(|problem| {
        // Findings of a part of the document would be taken for all of them.
        (report.findings, report.metrics) = (Vec::new(), Vec::new());
        failed(&mut report, State::Unknown, format!("document {}: {problem}", document.name));
        String::new()
    });
    report.duration = began.elapsed();
    report.summarize(&quiet);
    report
}

/// Adds findings and metrics to the report, and returns the summary of a check without a problem.
async fn judged(
    one: &DocumentCheck,
    document: &CheckDocument,
    read: &ReadDocument,
    judge: &Judge,
    deadline: Instant,
    report: &mut CheckReport,
) -> Result<String, String> {
    let (check, effective) = (&one.planned.check, &one.planned.effective);
    let name = document_file::name(&one.input);
    if let Some(age) = read.age.filter(|age| *age > one.longest_age) {
        let age = number::duration(age.as_secs_f64());
        let longest = interval::write(one.longest_age);
        return Err(format!("{name}: was written {age} ago, and is too old after {longest}"));
    }
    let mut made = None;
    if let Some(source) = &check.script {
        let now = jiff::Timestamp::now().as_second();
        let rows = !document.rows.columns.is_empty();
        let input = &ScriptInput::Document { text: read.text.clone(), now, rows };
        let script = ScriptRun { check: &check.name, source, input, deadline };
        let judged =
            judge.scripts.run(&script).await.map_err(|error| format!("{name}: {error}"))?;
        let enabled = |finding: &Finding| {
            let object = ObjectName { database: None, name: finding.object.as_deref() };
            !effective.thresholds.disables(object)
        };
        report.findings.extend(judged.findings.into_iter().filter(enabled));
        made = judged.rows;
    }
    let (limit, thresholds) = (effective.row_limit, &effective.thresholds);
    let judged = judge_rows(check, &document.rows, thresholds, &read.text, made.as_ref(), limit);
    let DocumentJudgement { rows, judged } = judged.map_err(|error| format!("{name}: {error}"))?;
    report.findings.extend(judged.findings);
    report.metrics.extend(judged.metrics);
    let matched = threshold::matched_rules(check, &document.rows, thresholds, None, &rows, limit);
    report.findings.extend(remarks(&thresholds.objects, &matched.unwrap_or_default()));
    Ok(judged.ok_summary)
}
