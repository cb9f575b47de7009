//! Judges offline cases as a run would: by thresholds, and by scripts in the sandbox's worker.
//!
//! Several checks at once; the cases of one follow each other, as a script that does not end costs its
//! worker, and is not tried again.

use std::io;
use std::path::Path;
use std::time::Instant;

use futures_util::stream::{self, StreamExt};

use super::blessing;
use super::folders::{Subject, Written};
use super::say::{Told, Verdict, excerpt};
use crate::cases::difference::{Difference, Line};
use crate::cases::expected::compare;
use crate::cases::offline::Case;
use crate::cases::{Kind, notation};
use crate::catalog::check::Check;
use crate::finding::{Finding, State};
use crate::sandbox::{ALLOWED, SandboxError, Worker};

/// What judges said of one case.
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
    let mut said = Verdicts { findings: case.by_thresholds(check), ..Verdicts::default() };
    let Some(source) = &check.script else { return said };
    for docs in case.docs(check) {
        match worker.judge(&check.name, source, &docs, ALLOWED).await {
            Ok(judged) => {
                said.findings.extend(judged.findings);
                said.printed.extend(judged.printed);
            }
            Err(error) => {
                said.printed.extend_from_slice(error.printed());
                said.findings.push(Finding::new(State::Unknown, error.to_string()));
                said.failure = Some(error);
                break;
            }
        }
    }
    said
}

/// How offline cases are judged.
pub(super) struct Judging<'p> {
    /// This program, to be started again as a worker.
    pub(super) program: &'p Path,
    /// Checks at a time.
    pub(super) jobs: usize,
    pub(super) bless: bool,
}

impl Judging<'_> {
    /// Judges all offline cases, and says each in the order of the checks.
    pub(super) async fn all(
        &self,
        subjects: &[Subject],
        mut say: impl FnMut(&Told) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        let futures = subjects.iter().map(|subject| self.of(subject));
        let mut each = stream::iter(futures).buffered(self.jobs);
        while let Some(told) = each.next().await {
            for told in &told? {
                say(told)?;
            }
        }
        Ok(())
    }

    async fn of(&self, subject: &Subject) -> Result<Vec<Told>, SandboxError> {
        let mut told = Vec::new();
        let mut worker = Worker::idle(self.program);
        let mut overran: Option<&str> = None;
        let first = blessing::first(subject).filter(|_| self.bless);
        for written in subject.of_kind(Kind::Offline).chain(first.as_ref()) {
            let began = Instant::now();
            let case = read(&subject.check, written);
            let verdict = match (case, overran) {
                (Err(reason), _) => Verdict::Failed(vec![Line::Remark(reason)]),
                (Ok(_), Some(other)) => {
                    let reason = format!(
                        "its script was stopped in the case {other}, and is not tried again"
                    );
                    Verdict::Failed(vec![Line::Remark(reason)])
                }
                (Ok(case), None) => {
                    let said = judge(&subject.check, &case, &mut worker).await;
                    if matches!(said.failure, Some(SandboxError::Overran { .. })) {
                        overran = Some(&written.file.name);
                    }
                    self.verdict(subject, written, &case, &said)
                }
            };
            let name = format!("{}::{}", subject.check.name, written.file.name);
            told.push(Told { name, took: began.elapsed(), verdict });
        }
        worker.dismiss();
        Ok(told)
    }

    fn verdict(
        &self,
        subject: &Subject,
        written: &Written,
        case: &Case,
        said: &Verdicts,
    ) -> Verdict {
        let lines = lines(case, said);
        if lines.is_empty() {
            return Verdict::Held;
        }
        if !self.bless {
            return Verdict::Failed(lines);
        }
        let blessed = match &said.failure {
            Some(_) => Err("not blessed, as its script failed".to_owned()),
            None => blessing::write(&subject.check, written, &said.findings),
        };
        match blessed {
            Ok(()) => Verdict::Blessed,
            Err(reason) => {
                Verdict::Failed(lines.into_iter().chain([Line::Remark(reason)]).collect())
            }
        }
    }
}

fn read(check: &Check, written: &Written) -> Result<Case, String> {
    let text = written.text.as_ref().map_err(Clone::clone)?;
    Case::read(check, &written.file.place, text).map_err(|complaint| complaint.to_string())
}

/// In what a case does not hold; nothing where it does.
fn lines(case: &Case, said: &Verdicts) -> Vec<Line> {
    let mut lines: Vec<Line> = if let Some(expected) = &case.expect {
        compare(expected, &said.findings).iter().flat_map(Difference::lines).collect()
    } else {
        let found = said.findings.iter().map(|finding| Line::Found(notation::finding(finding)));
        let hint = "it does not say what it expects: write expect = [...], or --bless writes what was found";
        found.chain([Line::Remark(hint.to_owned())]).collect()
    };
    if lines.is_empty() {
        return lines;
    }
    let details = said.failure.as_ref().and_then(SandboxError::details).unwrap_or_default();
    lines.extend(excerpt(details).map(|line| Line::Remark(line.to_owned())));
    lines.extend(said.printed.iter().map(|line| Line::Remark(format!("printed {line}"))));
    lines
}
