//! Has answers judged, by thresholds or by the script in its worker, and makes reports of the verdicts.
//!
//! A judge that fails is an error of one check, with state Unknown.

use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::Job;
use super::ask::{Asked, Outcome};
use super::bench::{Bench, Request};
use crate::catalog::check::{self, Check, Databases, Query, Scope};
use crate::evaluate::threshold::{self, Judged};
use crate::finding::report::{CheckReport, Skip};
use crate::finding::{Finding, State};
use crate::rows::{Docs, Document, Rows};
use crate::settings::orders::Orders;

/// The judges of a run.
pub(super) struct Judge {
    bench: Bench,
}

/// A script with what it belongs to.
struct Script<'a> {
    check: &'a Check,
    orders: &'a Orders,
    source: &'a str,
}

/// The rows of the queries that were asked in a database, or at home once for the server.
type Answer = (Option<String>, Vec<Rows>);

impl Judge {
    /// Without a worker: enough where no check has a script.
    pub(super) fn new() -> Judge {
        Judge { bench: Bench::new() }
    }

    /// Starts the worker, and does not wait for it.
    pub(super) async fn start(&self, program: &Path) {
        self.bench.start(program).await;
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
        let Some(source) = &check.script else {
            return asked.into_iter().map(|one| by_thresholds(check, orders, one)).collect();
        };
        let script = Script { check, orders, source };
        if check.databases == Databases::Together {
            return vec![self.by_script(&script, None, asked, deadline).await];
        }
        let mut reports = Vec::with_capacity(asked.len());
        for one in asked {
            let database = one.database.clone();
            reports.push(self.by_script(&script, database, vec![one], deadline).await);
        }
        reports
    }

    /// Lets the worker go at the end of the run; it ends with its input, and nobody waits for that.
    pub(super) fn dismiss(self) {
        self.bench.dismiss();
    }

    /// A script sees the answers of all databases at once, or those of the one that is named.
    async fn by_script(
        &self,
        script: &Script<'_>,
        database: Option<String>,
        asked: Vec<Asked>,
        deadline: Instant,
    ) -> CheckReport {
        let began = Instant::now();
        let Script { check, orders, source } = *script;
        let apart = database.is_some();
        let took = asked.iter().map(|one| one.took).max().unwrap_or_default();
        let mut report = empty(check, database, took);
        let mut answers: Vec<Answer> = Vec::new();
        for one in asked {
            match one.outcome {
                Outcome::Rows(rows) => answers.push((one.database, rows)),
                Outcome::Failed(error) if apart || one.database.is_none() => {
                    report.error = Some(error);
                }
                Outcome::Failed(error) => {
                    let database = one.database.unwrap_or_default();
                    let summary = if error.contains(&format!("database {database}")) {
                        error
                    } else {
                        format!("database {database}: {error}")
                    };
                    report
                        .findings
                        .push(Finding::new(State::Unknown, summary).about(Some(database)));
                }
                Outcome::Skipped(Skip::NotInstalled, reason)
                    if one.database.is_some() && !apart =>
                {
                    report.findings.push(Finding::new(State::Unknown, reason).about(one.database));
                }
                Outcome::Skipped(skip, reason) => skipped(&mut report, skip, reason),
            }
        }
        let has_home = || answers.iter().any(|(database, _)| database.is_none());
        if !answers.is_empty() && (has_home() || !check.is_asked(Scope::Cluster)) {
            for answer in &answers {
                let judged = all_queries(check, orders, answer);
                report.metrics.extend(judged.metrics);
                // The script judges in place of thresholds, unless there are thresholds too. That rows
                // were cut off, or numbers are none, holds for it as well.
                let both = !orders.thresholds.levels.is_empty();
                let kept = |finding: &Finding| both || finding.state == State::Unknown;
                report.findings.extend(judged.findings.into_iter().filter(kept));
            }
            let docs = &docs(check, answers, apart);
            let request = Request { check: &check.name, source, docs, deadline };
            match self.bench.judge(&request).await {
                Ok(findings) => {
                    let enabled =
                        |finding: &Finding| !orders.thresholds.disables(finding.object.as_deref());
                    report.findings.extend(findings.into_iter().filter(enabled));
                }
                Err(error) => report.error = Some(error),
            }
        }
        report.duration += began.elapsed();
        finish(report, "nothing found")
    }
}

fn by_thresholds(check: &Check, orders: &Orders, one: Asked) -> CheckReport {
    let mut report = empty(check, one.database, one.took);
    let mut quiet = String::new();
    match one.outcome {
        Outcome::Rows(rows) => {
            let judged = all_queries(check, orders, &(report.database.clone(), rows));
            (report.findings, report.metrics, quiet) =
                (judged.findings, judged.metrics, judged.quiet);
        }
        Outcome::Failed(error) => report.error = Some(error),
        Outcome::Skipped(skip, reason) => skipped(&mut report, skip, reason),
    }
    finish(report, &quiet)
}

fn all_queries(check: &Check, orders: &Orders, (database, answers): &Answer) -> Judged {
    let scope = if database.is_some() { Scope::Database } else { Scope::Cluster };
    let mut all = Judged::default();
    for (query, rows) in check.queries_of(scope).zip(answers) {
        let judged = threshold::judge(check, &query.signature, &orders.thresholds, rows);
        all.findings.extend(judged.findings);
        all.metrics.extend(judged.metrics);
        if all.quiet.is_empty() {
            all.quiet = judged.quiet;
        }
    }
    all
}

/// One document a query, in the order of the check; or that of the only one.
fn docs(check: &Check, mut answers: Vec<Answer>, apart: bool) -> Docs {
    // What is beyond the limit came only to show that something was cut off.
    let limit = usize::try_from(check.row_limit).unwrap_or(usize::MAX);
    for rows in answers.iter_mut().flat_map(|(_, rows)| rows) {
        rows.rows.truncate(limit);
    }
    let mut answers: Vec<_> =
        answers.into_iter().map(|(database, rows)| (database, rows.into_iter())).collect();
    let document = |query: &Query| match query.scope {
        Scope::Database if !apart => Document::Databases(
            answers
                .iter_mut()
                .filter_map(|(database, rows)| Some((database.clone()?, rows.next()?)))
                .collect(),
        ),
        scope => {
            let mut there = answers
                .iter_mut()
                .filter(|(database, _)| database.is_some() == (scope == Scope::Database));
            let rows = there.find_map(|(_, rows)| rows.next());
            Document::Rows(rows.expect("each query that was asked there has its rows"))
        }
    };
    let mut documents = check.queries.iter().map(document);
    match (check.docs, documents.next()) {
        (check::Docs::Rows, Some(only)) => Docs::Only(only),
        (_, first) => Docs::List(first.into_iter().chain(documents).collect()),
    }
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
fn skipped(report: &mut CheckReport, skip: Skip, reason: String) {
    if skip == Skip::NotInstalled {
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
