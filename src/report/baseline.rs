//! Compares a report with an earlier one: which problems are new, which are known and since when, and which are gone.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use jiff::Timestamp;

use super::{ReportError, read};
use crate::finding::report::{CheckReport, Report, TargetReport, ids};
use crate::finding::{Finding, Since, State};

/// The maximum size of a report in bytes.
const LARGEST: u64 = 256 << 20;

/// An earlier report.
#[derive(Debug)]
pub struct Baseline {
    report: Report,
}

impl Baseline {
    /// Reads a report that the `json` format wrote.
    pub fn read(path: &Path) -> Result<Baseline, ReportError> {
        let failed = |source| ReportError::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let mut text = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut text).map_err(failed)?;
        if text.len() as u64 > LARGEST {
            return Err(ReportError::Large { path: path.to_owned() });
        }
        let report = read(&text).map_err(|error| ReportError::Baseline {
            path: path.to_owned(),
            source: error.into(),
        })?;
        Ok(Baseline { report })
    }

    /// Marks each problem of a report as new or known, and adds a note for each that is gone. Returns the worst state of
    /// what is new.
    ///
    /// A problem is known if the earlier report has one with the same id, whatever its state was. It is gone only if its
    /// check ran without an error.
    pub fn compare(&self, report: &mut Report) -> State {
        let known = self.known();
        let started = report.started;
        let mut new = Vec::new();
        for target in &mut report.targets {
            let earlier = self.report.targets.iter().find(|one| one.target == target.target);
            if let Some((state, _)) =
                target.failure().filter(|_| earlier.is_none_or(|earlier| earlier.error.is_none()))
            {
                new.push(state);
            }
            let name = target.target.clone();
            let repeats: Vec<bool> =
                target.checks.iter().map(|check| target.repeats_failure(check)).collect();
            for (check, repeats) in target.checks.iter_mut().zip(repeats) {
                let before = earlier.and_then(|earlier| same(earlier, check));
                if check.error.is_some()
                    && !repeats
                    && before.is_none_or(|before| before.error.is_none())
                {
                    new.push(State::Unknown);
                }
                mark(check, &name, &known, started, &mut new);
                if let Some(before) = before.filter(|_| check.error.is_none()) {
                    add_gone(check, &name, before);
                }
            }
        }
        State::worst(new)
    }

    /// The ids of all problems, and since when each is known.
    fn known(&self) -> HashMap<String, Timestamp> {
        let mut known = HashMap::new();
        for target in &self.report.targets {
            for check in &target.checks {
                for (id, finding) in ids(&target.target, check).into_iter().zip(&check.findings) {
                    if is_problem(finding) {
                        let since = finding.since.map_or(self.report.started, |since| since.time);
                        known.insert(id, since);
                    }
                }
            }
        }
        known
    }
}

/// The report of the same check, in the same database.
fn same<'r>(target: &'r TargetReport, check: &CheckReport) -> Option<&'r CheckReport> {
    let is_same = |one: &&CheckReport| one.check == check.check && one.database == check.database;
    target.checks.iter().find(is_same)
}

/// Also a suppressed finding: when its suppression ends, it is not new.
fn is_problem(finding: &Finding) -> bool {
    finding.state != State::Ok || finding.suppressed.is_some()
}

fn mark(
    check: &mut CheckReport,
    target: &str,
    known: &HashMap<String, Timestamp>,
    started: Timestamp,
    new: &mut Vec<State>,
) {
    for (id, finding) in ids(target, check).into_iter().zip(&mut check.findings) {
        if !is_problem(finding) {
            continue;
        }
        let since = known.get(&id);
        if since.is_none() {
            new.push(finding.state);
        }
        finding.since = Some(Since { time: *since.unwrap_or(&started), new: since.is_none() });
    }
}

/// Adds a note for each problem that the earlier report of the check has, and the present one has not.
fn add_gone(check: &mut CheckReport, target: &str, before: &CheckReport) {
    let present: HashSet<String> = ids(target, check).into_iter().collect();
    let gone = ids(target, before).into_iter().zip(&before.findings);
    let gone = gone.filter(|(id, finding)| is_problem(finding) && !present.contains(id));
    let notes: Vec<Finding> = gone
        .map(|(_, finding)| Finding {
            labels: finding.labels.clone(),
            ..Finding::new(State::Ok, format!("gone: {}", finding.summary))
                .about(finding.object.clone())
        })
        .collect();
    check.findings.extend(notes);
}
