//! Judges the answers to a check, by thresholds or by its script, and makes its reports.
//!
//! A script that fails gives the check the state Unknown.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use super::calls::{CallAnswer, CallOutcome};
use super::job::PlannedCheck;
use super::script_queue::{ScriptQueue, ScriptRun};
use crate::catalog::check::{Check, DocsForm, Query, Scope, ScriptDatabases};
use crate::catalog::thresholds::{ObjectName, ObjectRule};
use crate::evaluate::threshold::{self, ThresholdJudgement};
use crate::finding::report::{CheckReport, Skip};
use crate::finding::{Finding, State};
use crate::rows::{QueryRows, Rows, ScriptInput};
use crate::settings::effective::EffectiveCheck;

/// Judges by thresholds, and by scripts in the worker.
pub(super) struct Judge {
    pub(super) scripts: ScriptQueue,
}

/// A check with its script.
struct ScriptedCheck<'a> {
    check: &'a Check,
    effective: &'a EffectiveCheck,
    source: &'a str,
}

/// The rows of each query that was called in one database; the database is absent for queries of scope `cluster`.
type DatabaseRows = (Option<String>, Vec<Rows>);

impl Judge {
    /// A judge. `program` is the path of this program, which is started again as the worker when a script runs.
    pub(super) fn new(program: PathBuf) -> Judge {
        Judge { scripts: ScriptQueue::new(program) }
    }

    /// Starts the worker, unless it runs, and does not wait for it.
    pub(super) fn start(&self) {
        self.scripts.start();
    }

    /// The reports of one check: one, or one for each database where thresholds judge.
    pub(super) async fn judge(
        &self,
        planned: &PlannedCheck,
        answers: Vec<CallAnswer>,
        deadline: Instant,
    ) -> Vec<CheckReport> {
        let mut unmatched = unmatched(planned, &answers);
        let unselected = unselected(planned, &answers, &unmatched);
        let mut reports = self.reports(planned, answers, deadline).await;
        if unselected.is_some() && reports.len() == 1 {
            // The summary names these.
            unmatched.retain(|one| !one.summary.starts_with("the setting --object "));
        }
        let judged = |report: &&mut CheckReport| report.skipped.is_none() && report.error.is_none();
        for report in reports.iter_mut().filter(judged) {
            if let Some(summary) = unselected.clone().filter(|_| report.findings.is_empty()) {
                report.summary = summary;
            }
        }
        if let Some(first) = reports.iter_mut().find(|report| report.skipped.is_none()) {
            first.findings.extend(unmatched);
        }
        reports
    }

    async fn reports(
        &self,
        planned: &PlannedCheck,
        answers: Vec<CallAnswer>,
        deadline: Instant,
    ) -> Vec<CheckReport> {
        let PlannedCheck { check, effective } = planned;
        let Some(source) = &check.script else {
            return answers.into_iter().map(|one| by_thresholds(check, effective, one)).collect();
        };
        let script = ScriptedCheck { check, effective, source };
        if check.script_databases == ScriptDatabases::Together {
            return vec![self.by_script(&script, None, answers, deadline).await];
        }
        let mut reports = Vec::with_capacity(answers.len());
        for one in answers {
            let database = one.database.clone();
            reports.push(self.by_script(&script, database, vec![one], deadline).await);
        }
        reports
    }

    /// Ends the worker without waiting for it.
    pub(super) fn dismiss(self) {
        self.scripts.dismiss();
    }

    /// The report of a check with a script. `database` is set if the script runs for each database.
    async fn by_script(
        &self,
        script: &ScriptedCheck<'_>,
        database: Option<String>,
        all: Vec<CallAnswer>,
        deadline: Instant,
    ) -> CheckReport {
        let began = Instant::now();
        let ScriptedCheck { check, effective, source } = *script;
        let apart = database.is_some();
        let took = all.iter().map(|one| one.took).max().unwrap_or_default();
        let mut report = empty(check, database, took);
        let answers = rows_of(all, apart, &mut report);
        let has_home = || answers.iter().any(|(database, _)| database.is_none());
        if !answers.is_empty() && (has_home() || !check.has_query_of(Scope::Cluster)) {
            for answer in &answers {
                add_thresholds(&mut report, check, effective, answer);
            }
            let input = &script_input(check, answers, apart, effective.row_limit);
            let script = ScriptRun { check: &check.name, source, input, deadline };
            match self.scripts.run(&script).await {
                Ok(judged) => {
                    let database = report.database.as_deref();
                    let enabled = |finding: &Finding| {
                        let object = ObjectName { database, name: finding.object.as_deref() };
                        !effective.thresholds.disables(object)
                    };
                    report.findings.extend(judged.findings.into_iter().filter(enabled));
                }
                Err(error) => report.error = Some(error.to_string()),
            }
        }
        report.duration += began.elapsed();
        report.summarize("nothing found");
        report
    }
}

/// A remark for each rule for objects that matches no row, if all rows of the check are known.
fn unmatched(planned: &PlannedCheck, answers: &[CallAnswer]) -> Vec<Finding> {
    let PlannedCheck { check, effective } = planned;
    let rules = &effective.thresholds.objects;
    let mut matched = BTreeSet::new();
    for answer in answers.iter().filter(|_| !rules.is_empty()) {
        let CallOutcome::Rows(all) = &answer.outcome else { return Vec::new() };
        let database = answer.database.as_deref();
        let scope = if database.is_some() { Scope::Database } else { Scope::Cluster };
        for (query, rows) in check.queries_of(scope).zip(all) {
            let (thresholds, limit) = (&effective.thresholds, effective.row_limit);
            let signature = &query.signature;
            let found =
                threshold::matched_rules(check, signature, thresholds, database, rows, limit);
            let Some(found) = found else { return Vec::new() };
            matched.extend(found);
        }
    }
    remarks(rules, &matched)
}

/// The summary of a call whose names of objects match none of the rows: a name can be wrong.
fn unselected(
    planned: &PlannedCheck,
    answers: &[CallAnswer],
    unmatched: &[Finding],
) -> Option<String> {
    let selecting = |rule: &&ObjectRule| rule.enabled == Some(true) && rule.key.starts_with("--");
    let rules = &planned.effective.thresholds.objects;
    let keys: Vec<&str> = rules.iter().filter(selecting).map(|rule| rule.key.as_str()).collect();
    let is_unmatched = |key: &&str| unmatched.iter().any(|one| one.summary == remark(key));
    let has_rows = answers.iter().any(|answer| match &answer.outcome {
        CallOutcome::Rows(all) => all.iter().any(|rows| !rows.rows.is_empty()),
        _ => false,
    });
    let all = has_rows && !keys.is_empty() && keys.iter().all(is_unmatched);
    all.then(|| format!("no object matches {}", keys.join(", ")))
}

fn remark(key: &str) -> String {
    format!("the setting {key} matches no object")
}

/// A remark for each rule for objects that is not matched.
pub(super) fn remarks(rules: &[ObjectRule], matched: &BTreeSet<usize>) -> Vec<Finding> {
    // The rule that --object adds for all other objects matches nothing if there are none.
    let is_written = |rule: &ObjectRule| rule.enabled != Some(false) || rule.key != "--object *";
    let unmatched = rules
        .iter()
        .enumerate()
        .filter(|(position, rule)| !matched.contains(position) && is_written(rule));
    let finding = |(_, rule): (usize, &ObjectRule)| Finding::new(State::Ok, remark(&rule.key));
    unmatched.map(finding).collect()
}

/// The rows of the answers. Failures are added to the report: those of one database of several as findings.
fn rows_of(all: Vec<CallAnswer>, apart: bool, report: &mut CheckReport) -> Vec<DatabaseRows> {
    let is_missing = |answer: &CallAnswer| {
        let missing = [Skip::NotInstalled, Skip::Extension];
        matches!(answer.outcome, CallOutcome::Skipped(skip, _) if missing.contains(&skip))
    };
    // A check that is installed nowhere is not installed, with thresholds and with a script.
    let apart = apart || all.iter().all(is_missing);
    let mut answers = Vec::new();
    for CallAnswer { database, outcome, .. } in all {
        let unknown = |summary| Finding::new(State::Unknown, summary).about(database.clone());
        match (outcome, &database) {
            (CallOutcome::Rows(rows), _) => answers.push((database, rows)),
            (CallOutcome::Failed(error, _), Some(name)) if !apart => {
                let names_it = error.contains(&format!("database {name}"));
                let summary = if names_it { error } else { format!("database {name}: {error}") };
                report.findings.push(unknown(summary));
            }
            (CallOutcome::Failed(error, state), _) => failed(report, state, error),
            (CallOutcome::Skipped(Skip::NotInstalled, reason), Some(_)) if !apart => {
                report.findings.push(unknown(reason));
            }
            // The script judges the other databases.
            (CallOutcome::Skipped(Skip::Vanished | Skip::Extension, _), Some(_)) if !apart => {}
            (CallOutcome::Skipped(skip, reason), _) => skipped(report, skip, reason),
        }
    }
    answers
}

/// Adds the metrics of an answer, and the findings of thresholds.
///
/// A script judges instead of thresholds, unless thresholds are set too. Findings about rows that were cut off and
/// values that are not numbers remain.
fn add_thresholds(
    report: &mut CheckReport,
    check: &Check,
    effective: &EffectiveCheck,
    answer: &DatabaseRows,
) {
    let judged = all_queries(check, effective, answer);
    let both = !effective.thresholds.levels.is_empty();
    let remains = |finding: &Finding| both || finding.state == State::Unknown;
    report.metrics.extend(judged.metrics);
    report.findings.extend(judged.findings.into_iter().filter(remains));
}

fn by_thresholds(check: &Check, effective: &EffectiveCheck, one: CallAnswer) -> CheckReport {
    let mut report = empty(check, one.database, one.took);
    let mut quiet = String::new();
    match one.outcome {
        CallOutcome::Rows(rows) => {
            let judged = all_queries(check, effective, &(report.database.clone(), rows));
            (report.findings, report.metrics, quiet) =
                (judged.findings, judged.metrics, judged.ok_summary);
        }
        CallOutcome::Failed(error, state) => failed(&mut report, state, error),
        CallOutcome::Skipped(skip, reason) => skipped(&mut report, skip, reason),
    }
    report.summarize(&quiet);
    report
}

fn all_queries(
    check: &Check,
    effective: &EffectiveCheck,
    (database, answers): &DatabaseRows,
) -> ThresholdJudgement {
    let scope = if database.is_some() { Scope::Database } else { Scope::Cluster };
    let mut all = ThresholdJudgement::default();
    for (query, rows) in check.queries_of(scope).zip(answers) {
        let (thresholds, limit) = (&effective.thresholds, effective.row_limit);
        let signature = &query.signature;
        let judged =
            threshold::judge(check, signature, thresholds, database.as_deref(), rows, limit);
        all.findings.extend(judged.findings);
        all.metrics.extend(judged.metrics);
        if all.ok_summary.is_empty() {
            all.ok_summary = judged.ok_summary;
        }
    }
    all
}

/// The rows of each query, in the order of the check.
fn script_input(
    check: &Check,
    mut answers: Vec<DatabaseRows>,
    apart: bool,
    limit: u32,
) -> ScriptInput {
    // The row after the limit only shows that rows were cut off.
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    for rows in answers.iter_mut().flat_map(|(_, rows)| rows) {
        rows.rows.truncate(limit);
    }
    let mut answers: Vec<_> =
        answers.into_iter().map(|(database, rows)| (database, rows.into_iter())).collect();
    let rows_of_query = |query: &Query| match query.scope {
        Scope::Database if !apart => QueryRows::Databases(
            answers
                .iter_mut()
                .filter_map(|(database, rows)| Some((database.clone()?, rows.next()?)))
                .collect(),
        ),
        scope => {
            let mut of_scope = answers
                .iter_mut()
                .filter(|(database, _)| database.is_some() == (scope == Scope::Database));
            let rows = of_scope.find_map(|(_, rows)| rows.next());
            QueryRows::Rows(rows.expect("each query that ran there has its rows"))
        }
    };
    let mut queries = check.queries.iter().map(rows_of_query);
    match (check.docs, queries.next()) {
        (DocsForm::Rows, Some(only)) => ScriptInput::Only(only),
        (_, first) => ScriptInput::List(first.into_iter().chain(queries).collect()),
    }
}

pub(super) fn empty(check: &Check, database: Option<String>, took: Duration) -> CheckReport {
    let topic = check.topic.clone();
    CheckReport { topic, duration: took, ..CheckReport::new(&check.name, database) }
}

/// A check that failed is Unknown, or has the state for a server that does not answer.
pub(super) fn failed(report: &mut CheckReport, state: State, error: String) {
    if state != State::Unknown {
        report.findings.push(Finding::new(state, error.as_str()));
    }
    report.error = Some(error);
}

/// A check that is not for this server is OK. A check that is not installed is Unknown.
fn skipped(report: &mut CheckReport, skip: Skip, reason: String) {
    if skip == Skip::NotInstalled {
        report.error = Some(reason.clone());
    }
    report.skipped = Some(skip);
    report.summary = reason;
}
