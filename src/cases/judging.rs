//! Judges offline cases as a run does: by thresholds, and by scripts in the worker.
//!
//! Several checks are judged at once. The cases of one check are judged one after the other, as a script that does
//! not end is not tried again.

use std::io;
use std::path::Path;
use std::time::Instant;

use futures_util::stream::{self, StreamExt};

use super::blessing;
use super::collection::{CaseText, TestedCheck};
use super::difference::{Difference, Line};
use super::expected::compare;
use super::offline::Case;
use super::result::{CaseResult, CaseVerdict, excerpt};
use super::{CaseKind, notation};
use crate::catalog::check::Check;
use crate::finding::{Finding, State};
use crate::sandbox::{ALLOWED, SandboxError, Worker};

/// The findings of one case.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// What was found. A script that failed is a finding of state Unknown.
    pub findings: Vec<Finding>,
    /// What the script printed.
    pub printed: Vec<String>,
    /// Why the script gave no findings, where it gave none.
    pub failure: Option<SandboxError>,
}

/// Asks the judges of a check, as a run does.
pub async fn judge(check: &Check, case: &Case, worker: &mut Worker) -> Verdicts {
    let mut verdicts = Verdicts { findings: case.by_thresholds(check), ..Verdicts::default() };
    let Some(source) = &check.script else { return verdicts };
    for docs in case.docs(check) {
        match worker.judge(&check.name, source, &docs, ALLOWED).await {
            Ok(judged) => {
                verdicts.findings.extend(judged.findings);
                verdicts.printed.extend(judged.printed);
            }
            Err(error) => {
                verdicts.printed.extend_from_slice(error.printed());
                verdicts.findings.push(Finding::new(State::Unknown, error.to_string()));
                verdicts.failure = Some(error);
                break;
            }
        }
    }
    verdicts
}

/// Why not all cases were judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgingError {
    /// No worker could be started.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A result could not be printed.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// How offline cases are judged.
pub struct Judging<'p> {
    /// This program, to be started again as the worker.
    pub program: &'p Path,
    /// Checks at a time.
    pub jobs: usize,
    /// Whether to write findings into cases that fail.
    pub bless: bool,
}

impl Judging<'_> {
    /// Judges all offline cases, and prints the results in the order of the checks.
    pub async fn all(
        &self,
        subjects: &[TestedCheck],
        mut print: impl FnMut(&CaseResult) -> io::Result<()>,
    ) -> Result<(), JudgingError> {
        let futures = subjects.iter().map(|subject| self.check(subject));
        let mut each = stream::iter(futures).buffered(self.jobs);
        while let Some(results) = each.next().await {
            for result in &results? {
                print(result)?;
            }
        }
        Ok(())
    }

    async fn check(&self, subject: &TestedCheck) -> Result<Vec<CaseResult>, SandboxError> {
        let mut results = Vec::new();
        let mut worker = Worker::idle(self.program);
        let mut overran: Option<&str> = None;
        let first = blessing::first(subject).filter(|_| self.bless);
        for written in subject.of_kind(CaseKind::Offline).chain(first.as_ref()) {
            let began = Instant::now();
            let case = read(&subject.check, written);
            let verdict = match (case, overran) {
                (Err(reason), _) => CaseVerdict::Failed(vec![Line::Remark(reason)]),
                (Ok(_), Some(other)) => {
                    let reason = format!(
                        "its script was stopped in the case {other}, and is not tried again"
                    );
                    CaseVerdict::Failed(vec![Line::Remark(reason)])
                }
                (Ok(case), None) => {
                    let verdicts = judge(&subject.check, &case, &mut worker).await;
                    if matches!(verdicts.failure, Some(SandboxError::Overran { .. })) {
                        overran = Some(&written.file.name);
                    }
                    self.verdict(subject, written, &case, &verdicts)
                }
            };
            let name = format!("{}::{}", subject.check.name, written.file.name);
            results.push(CaseResult { name, took: began.elapsed(), verdict });
        }
        worker.dismiss();
        Ok(results)
    }

    fn verdict(
        &self,
        subject: &TestedCheck,
        written: &CaseText,
        case: &Case,
        verdicts: &Verdicts,
    ) -> CaseVerdict {
        let lines = lines(case, verdicts);
        if lines.is_empty() {
            return CaseVerdict::Passed;
        }
        if !self.bless {
            return CaseVerdict::Failed(lines);
        }
        let blessed = match &verdicts.failure {
            Some(_) => Err("not blessed, as its script failed".to_owned()),
            None => blessing::write(&subject.check, written, &verdicts.findings),
        };
        match blessed {
            Ok(()) => CaseVerdict::Blessed,
            Err(reason) => {
                CaseVerdict::Failed(lines.into_iter().chain([Line::Remark(reason)]).collect())
            }
        }
    }
}

fn read(check: &Check, written: &CaseText) -> Result<Case, String> {
    let text = written.text.as_ref().map_err(Clone::clone)?;
    Case::read(check, &written.file.place, text).map_err(|complaint| complaint.to_string())
}

/// In what a case does not hold; nothing where it does.
fn lines(case: &Case, verdicts: &Verdicts) -> Vec<Line> {
    let mut lines: Vec<Line> = if let Some(expected) = &case.expect {
        compare(expected, &verdicts.findings).iter().flat_map(Difference::lines).collect()
    } else {
        let found = verdicts.findings.iter().map(|finding| Line::Found(notation::finding(finding)));
        let hint = "it expects nothing: write expect = [...], or let --bless write what was found";
        found.chain([Line::Remark(hint.to_owned())]).collect()
    };
    if lines.is_empty() {
        return lines;
    }
    let details = verdicts.failure.as_ref().and_then(SandboxError::details).unwrap_or_default();
    lines.extend(excerpt(details).map(|line| Line::Remark(line.to_owned())));
    lines.extend(verdicts.printed.iter().map(|line| Line::Remark(format!("printed {line}"))));
    lines
}
