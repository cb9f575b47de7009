//! Judges offline cases as a run does: by thresholds, and by scripts in the worker.
//!
//! It judges several checks at a time, but the cases of a check one after the other: after a script was stopped, it
//! does not run again.

use std::io;
use std::path::Path;
use std::time::Instant;

use futures_util::stream::{self, StreamExt};

use super::blessing;
use super::case_file::CaseKind;
use super::collection::{CaseText, TestedCheck};
use super::expected::compare;
use super::notation;
use super::offline::{GivenDocument, OfflineCase};
use super::result::{CaseResult, CaseVerdict, Difference, DifferenceLine, excerpt};
use crate::catalog::check::Check;
use crate::catalog::function::FunctionSignature;
use crate::evaluate::document;
use crate::finding::{Finding, State};
use crate::rows::ScriptInput;
use crate::sandbox::{ALLOWED, SandboxError, Worker};

/// The findings of one case.
#[derive(Debug, Default)]
pub struct JudgedCase {
    /// The findings. A script that failed is a finding with state Unknown.
    pub findings: Vec<Finding>,
    /// What the script printed.
    pub printed: Vec<String>,
    /// The error of a script that failed.
    pub failure: Option<SandboxError>,
}

/// Judges a case.
pub async fn judge(check: &Check, case: &OfflineCase, worker: &mut Worker) -> JudgedCase {
    if let (Some(given), Some(document)) = (case.document(), &check.document) {
        return judge_document(check, &document.rows, given, worker).await;
    }
    let mut judged = JudgedCase { findings: case.by_thresholds(check), ..JudgedCase::default() };
    let Some(source) = &check.script else { return judged };
    for input in case.script_inputs(check) {
        match worker.judge(&check.name, source, &input, ALLOWED).await {
            Ok(output) => {
                judged.findings.extend(output.findings);
                judged.printed.extend(output.printed);
            }
            Err(error) => {
                judged.printed.extend_from_slice(error.printed());
                judged.findings.push(Finding::new(State::Unknown, error.to_string()));
                judged.failure = Some(error);
                break;
            }
        }
    }
    judged
}

/// Judges the document of a case.
async fn judge_document(
    check: &Check,
    signature: &FunctionSignature,
    given: &GivenDocument,
    worker: &mut Worker,
) -> JudgedCase {
    let mut judged = JudgedCase::default();
    let mut made = None;
    if let Some(source) = &check.script {
        let (text, rows) = (given.text.clone(), !signature.columns.is_empty());
        let input = ScriptInput::Document { text, now: given.now, rows };
        match worker.judge(&check.name, source, &input, ALLOWED).await {
            Ok(output) => {
                (judged.findings, judged.printed) = (output.findings, output.printed);
                made = output.rows;
            }
            Err(error) => {
                judged.printed.extend_from_slice(error.printed());
                judged.findings.push(Finding::new(State::Unknown, error.to_string()));
                judged.failure = Some(error);
                return judged;
            }
        }
    }
    let (thresholds, limit) = (&check.thresholds, check.row_limit);
    match document::judge(check, signature, thresholds, &given.text, made.as_ref(), limit) {
        Ok(found) => judged.findings.extend(found.judged.findings),
        Err(error) => {
            judged.findings = vec![Finding::new(State::Unknown, format!("the document {error}"))];
        }
    }
    judged
}

/// Why cases were not judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgingError {
    /// A worker cannot be started.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A result cannot be printed.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// How offline cases are judged.
pub struct Judging<'p> {
    /// This program, which is started again as the worker.
    pub program: &'p Path,
    /// The limit for checks at a time.
    pub jobs: usize,
    /// Whether to write findings into cases that fail.
    pub bless: bool,
}

impl Judging<'_> {
    /// Judges all offline cases, and prints the results in the order of the checks.
    pub async fn all(
        &self,
        checks: &[TestedCheck],
        mut print: impl FnMut(&CaseResult) -> io::Result<()>,
    ) -> Result<(), JudgingError> {
        let futures = checks.iter().map(|tested| self.check(tested));
        let mut each = stream::iter(futures).buffered(self.jobs);
        while let Some(results) = each.next().await {
            for result in &results? {
                print(result)?;
            }
        }
        Ok(())
    }

    async fn check(&self, tested: &TestedCheck) -> Result<Vec<CaseResult>, SandboxError> {
        let mut results = Vec::new();
        let mut worker = Worker::idle(self.program);
        // The case in which the script was stopped.
        let mut stopped_in: Option<&str> = None;
        let first = blessing::first_case(tested).filter(|_| self.bless);
        for case in tested.of_kind(CaseKind::Offline).chain(first.as_ref()) {
            let began = Instant::now();
            let verdict = match (read(&tested.check, case), stopped_in) {
                (Err(problem), _) => failed(problem),
                (Ok(_), Some(other)) => failed(format!(
                    "its script was stopped in the case {other} and does not run again"
                )),
                (Ok((text, read)), None) => {
                    let judged = judge(&tested.check, &read, &mut worker).await;
                    if matches!(judged.failure, Some(SandboxError::Overran { .. })) {
                        stopped_in = Some(&case.file.name);
                    }
                    let lines = differences(&read, &judged);
                    self.verdict(&tested.check, case, text, lines, &judged)
                }
            };
            let name = format!("{}::{}", tested.check.name, case.file.name);
            results.push(CaseResult { name, took: began.elapsed(), verdict });
        }
        worker.dismiss();
        Ok(results)
    }

    /// The verdict of a case with these differences. With `bless`, the file of a case that fails is changed.
    fn verdict(
        &self,
        check: &Check,
        case: &CaseText,
        text: &str,
        mut lines: Vec<DifferenceLine>,
        judged: &JudgedCase,
    ) -> CaseVerdict {
        if lines.is_empty() {
            return CaseVerdict::Passed;
        }
        if !self.bless {
            return CaseVerdict::Failed(lines);
        }
        if judged.failure.is_some() {
            lines.push(DifferenceLine::remark("not blessed: the script failed"));
            return CaseVerdict::Failed(lines);
        }
        match blessing::bless(check, case, text, &judged.findings) {
            Ok(()) => CaseVerdict::Blessed,
            Err(error) => {
                lines.push(DifferenceLine::Remark(error.to_string()));
                CaseVerdict::Failed(lines)
            }
        }
    }
}

fn failed(problem: String) -> CaseVerdict {
    CaseVerdict::Failed(vec![DifferenceLine::Remark(problem)])
}

/// The text of a case, and the case; an error is the message for the user.
fn read<'c>(check: &Check, case: &'c CaseText) -> Result<(&'c str, OfflineCase), String> {
    let place = &case.file.place;
    let text = case.text.as_ref().map_err(|error| format!("{place}: {error}"))?;
    let read = OfflineCase::read(check, place, text).map_err(|mistake| mistake.to_string())?;
    Ok((text, read))
}

/// The differences of a case.
fn differences(case: &OfflineCase, judged: &JudgedCase) -> Vec<DifferenceLine> {
    let mut lines: Vec<DifferenceLine> = if let Some(expected) = &case.expect {
        compare(expected, &judged.findings).iter().flat_map(Difference::lines).collect()
    } else {
        let found = judged.findings.iter();
        let found = found.map(|finding| DifferenceLine::Found(notation::finding(finding)));
        let hint =
            "the case has no key expect: write expect = [...], or write the findings with --bless";
        found.chain([DifferenceLine::remark(hint)]).collect()
    };
    if lines.is_empty() {
        return lines;
    }
    let details = judged.failure.as_ref().and_then(SandboxError::details).unwrap_or_default();
    lines.extend(excerpt(details).map(DifferenceLine::remark));
    let printed = judged.printed.iter();
    lines.extend(printed.map(|line| DifferenceLine::Remark(format!("printed {line}"))));
    lines
}
