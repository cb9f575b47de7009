//! Has answers judged, by thresholds or by the script in its worker, and makes reports of the verdicts.
//!
//! A judge that fails is an error of one check, with state Unknown.

use std::path::Path;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::ask::{Asked, Outcome};
use super::{Job, trouble};
use crate::catalog::check::{Check, Scope};
use crate::evaluate::threshold::{self, Judged};
use crate::finding::report::CheckReport;
use crate::finding::{Finding, State};
use crate::rows::{Document, Rows};
use crate::sandbox::{self, Worker};
use crate::settings::orders::Orders;

/// The judges of a run.
pub(super) struct Judge {
    /// The worker, or why there is none.
    worker: Mutex<Result<Worker, String>>,
}

impl Judge {
    /// Without a worker: enough where no check has a script.
    pub(super) fn new() -> Judge {
        Judge { worker: Mutex::new(Err("no worker was started".to_owned())) }
    }

    /// Starts the worker, and does not wait for it.
    pub(super) async fn start(&self, program: &Path) {
        *self.worker.lock().await = Worker::start(program).map_err(|error| error.to_string());
    }

    /// The reports of one check: one, or one a database where thresholds judge.
    pub(super) async fn judge(
        &self,
        job: &Job,
        index: usize,
        asked: Vec<Asked>,
        deadline: Instant,
    ) -> Vec<CheckReport> {
        let (check, orders) = &job.checks[index];
        match &check.script {
            Some(source) => vec![self.by_script(check, orders, source, asked, deadline).await],
            None => asked.into_iter().map(|one| by_thresholds(check, orders, one)).collect(),
        }
    }

    /// Lets the worker go at the end of the run; it ends with its input, and nobody waits for that.
    pub(super) fn dismiss(self) {
        if let Ok(worker) = self.worker.into_inner() {
            worker.dismiss();
        }
    }

    /// A script sees the answers of all databases at once.
    async fn by_script(
        &self,
        check: &Check,
        orders: &Orders,
        source: &str,
        asked: Vec<Asked>,
        deadline: Instant,
    ) -> CheckReport {
        let began = Instant::now();
        let mut report =
            empty(check, None, asked.iter().map(|one| one.took).max().unwrap_or_default());
        let mut answers: Vec<(String, Vec<Rows>)> = Vec::new();
        for one in asked {
            match one.outcome {
                Outcome::Rows(rows) => answers.push((one.database.unwrap_or_default(), rows)),
                Outcome::Failed(error) if check.scope == Scope::Cluster => {
                    report.error = Some(error);
                }
                Outcome::Failed(error) => {
                    let database = one.database.unwrap_or_default();
                    let summary = if error.starts_with("database ") {
                        error
                    } else {
                        format!("database {database}: {error}")
                    };
                    report
                        .findings
                        .push(Finding::new(State::Unknown, summary).about(Some(database)));
                }
                Outcome::Skipped(skip, reason) => skipped(&mut report, skip, reason),
            }
        }
        if !answers.is_empty() {
            for (_, rows) in &answers {
                let judged = all_queries(check, orders, rows);
                report.metrics.extend(judged.metrics);
                // The script judges in place of thresholds, unless there are thresholds too.
                if !orders.thresholds.levels.is_empty() {
                    report.findings.extend(judged.findings);
                }
            }
            match self.findings(check, source, &documents(check, answers), deadline).await {
                Ok(findings) => report.findings.extend(findings),
                Err(error) => report.error = Some(error),
            }
        }
        report.duration += began.elapsed();
        finish(report, "nothing found")
    }

    async fn findings(
        &self,
        check: &Check,
        source: &str,
        documents: &[Document],
        deadline: Instant,
    ) -> Result<Vec<Finding>, String> {
        let verdict = async {
            let mut worker = self.worker.lock().await;
            match worker.as_mut() {
                Ok(worker) => {
                    let verdict =
                        worker.judge(&check.name, source, documents, sandbox::ALLOWED).await;
                    verdict.map_err(|error| {
                        if let Some(details) = error.details() {
                            tracing::warn!(check = check.name, "{details}");
                        }
                        error.to_string()
                    })
                }
                Err(error) => Err(error.clone()),
            }
        };
        let waited = deadline.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
        timeout_at(Instant::now() + waited, verdict)
            .await
            .unwrap_or_else(|_| Err(trouble::late("the script", waited)))
    }
}

fn by_thresholds(check: &Check, orders: &Orders, one: Asked) -> CheckReport {
    let mut report = empty(check, one.database, one.took);
    let mut quiet = String::new();
    match one.outcome {
        Outcome::Rows(rows) => {
            let judged = all_queries(check, orders, &rows);
            (report.findings, report.metrics, quiet) =
                (judged.findings, judged.metrics, judged.quiet);
        }
        Outcome::Failed(error) => report.error = Some(error),
        Outcome::Skipped(skip, reason) => skipped(&mut report, skip, reason),
    }
    finish(report, &quiet)
}

fn all_queries(check: &Check, orders: &Orders, answers: &[Rows]) -> Judged {
    let mut all = Judged::default();
    for (query, rows) in check.queries.iter().zip(answers) {
        let judged = threshold::judge(check, &query.signature, &orders.thresholds, rows);
        all.findings.extend(judged.findings);
        all.metrics.extend(judged.metrics);
        if all.quiet.is_empty() {
            all.quiet = judged.quiet;
        }
    }
    all
}

/// One document a query.
fn documents(check: &Check, answers: Vec<(String, Vec<Rows>)>) -> Vec<Document> {
    if check.scope == Scope::Cluster {
        return answers.into_iter().flat_map(|(_, rows)| rows).map(Document::Rows).collect();
    }
    let mut of_query: Vec<Vec<(String, Rows)>> = check.queries.iter().map(|_| Vec::new()).collect();
    for (database, rows) in answers {
        for (query, rows) in of_query.iter_mut().zip(rows) {
            query.push((database.clone(), rows));
        }
    }
    of_query.into_iter().map(Document::Databases).collect()
}

fn empty(check: &Check, database: Option<String>, took: Duration) -> CheckReport {
    CheckReport {
        check: check.name.clone(),
        database,
        summary: String::new(),
        duration: took,
        findings: Vec::new(),
        metrics: Vec::new(),
        error: None,
        skipped: None,
    }
}

/// A check that is not for this server is well; one that is not installed cannot be known.
fn skipped(report: &mut CheckReport, skip: crate::finding::report::Skip, reason: String) {
    if skip == crate::finding::report::Skip::NotInstalled {
        report.error = Some(reason.clone());
    }
    report.skipped = Some(skip);
    report.summary = reason;
}

/// Sorts the findings and writes the one line.
fn finish(mut report: CheckReport, quiet: &str) -> CheckReport {
    report.findings.sort_by_key(|finding| finding.state.rank());
    if report.skipped.is_some() {
        return report;
    }
    let bad = report.findings.iter().filter(|finding| finding.state != State::Ok).count();
    report.summary = match (report.findings.first(), &report.error) {
        (Some(worst), None) if bad > 1 => format!("{}; {} more", worst.summary, bad - 1),
        (Some(worst), Some(_)) if worst.state != State::Ok => {
            format!("{}; and not all could be judged", worst.summary)
        }
        (_, Some(error)) => error.clone(),
        (Some(worst), None) => worst.summary.clone(),
        (None, None) => quiet.to_owned(),
    };
    report
}
