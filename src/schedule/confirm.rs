//! From when on a state counts: after several bad runs it is a problem, and after several good runs it is over.
//!
//! A state that does not count yet is part of the report: the finding is OK, and its summary names the state and the
//! number of runs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

pub use super::memory::FindingMemory;
use super::memory::{ERROR, KnownFinding};
use super::rates::CounterName;
use crate::finding::report::{CheckReport, ids};
use crate::finding::{Finding, State, Suppressed};
use crate::text::interval;

/// The problems of a check that remain while it is not judged. A server can choose other objects in each run.
const MOST_CONTINUED: usize = 10_000;

/// When a state of a check counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfirmRule {
    /// The number of bad runs in a row.
    pub confirm: u32,
    /// The number of good runs in a row.
    pub release: u32,
    /// How long the problem must last.
    pub hold: Duration,
}

impl ConfirmRule {
    /// Every state counts at once.
    pub const AT_ONCE: ConfirmRule = ConfirmRule { confirm: 1, release: 1, hold: Duration::ZERO };

    /// What a run lacks until a problem counts, if it lacks something.
    fn lacks(&self, runs: u32, since: Timestamp, now: Timestamp) -> Option<String> {
        let lasts = now.duration_since(since).unsigned_abs();
        if runs < self.confirm {
            return Some(format!("{runs} of {} runs", self.confirm));
        }
        let seconds = Duration::from_secs(lasts.as_secs());
        (lasts < self.hold)
            .then(|| format!("for {} of {}", interval::write(seconds), interval::write(self.hold)))
    }
}

/// The reports of a check as they count.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedCheck {
    /// The reports.
    pub reports: Vec<CheckReport>,
    /// Whether a state does not count yet, so that the check should run again soon.
    pub open: bool,
}

/// An outage of the server, as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CountedOutage {
    /// It is reported.
    Counts,
    /// It is not reported yet: what the run lacks.
    Open(String),
}

impl FindingMemory {
    /// Counts a run of one check: the reports of all its databases.
    ///
    /// In a maintenance window, a problem that does not count yet is suppressed, with the note of `window`. One that
    /// counts already remains.
    pub fn count(
        &mut self,
        target: &str,
        reports: &[CheckReport],
        rule: &ConfirmRule,
        window: Option<&Suppressed>,
        now: Timestamp,
    ) -> CountedCheck {
        self.count_without(target, reports, rule, window, now, &BTreeSet::new())
    }

    /// As [`FindingMemory::count`], for a run in which some rates are not known. Their problems remain.
    pub fn count_without(
        &mut self,
        target: &str,
        reports: &[CheckReport],
        rule: &ConfirmRule,
        window: Option<&Suppressed>,
        now: Timestamp,
        unknown: &BTreeSet<CounterName>,
    ) -> CountedCheck {
        let Some(check) = reports.first().map(|report| report.check.clone()) else {
            return CountedCheck { reports: Vec::new(), open: false };
        };
        let mut run = CheckRun {
            known: self.checks.remove(&check).unwrap_or_default(),
            next: BTreeMap::new(),
            rule,
            window,
            now,
            unknown,
            open: false,
        };
        let mut counted: Vec<CheckReport> =
            reports.iter().map(|report| run.report(target, report)).collect();
        let open = run.open;
        if !run.next.is_empty() {
            self.checks.insert(check.clone(), run.next);
        }
        let state = State::worst(counted.iter().map(CheckReport::state));
        if let Some(changes) = self.show(&check, state, now)
            && let Some(worst) = counted.iter_mut().min_by_key(|report| report.state().rank())
        {
            let times = format!("the state changed {changes} times in the last hour");
            worst.summary = format!("{} (flapping: {times})", worst.summary);
        }
        CountedCheck { reports: counted, open }
    }

    /// Counts a run in which the server was not reached.
    pub fn count_outage(&mut self, rule: &ConfirmRule, now: Timestamp) -> CountedOutage {
        let first = || KnownFinding { counts: None, runs: 0, since: now };
        let known = self.outage.get_or_insert_with(first);
        known.runs = known.runs.saturating_add(1);
        match rule.lacks(known.runs, known.since, now) {
            Some(lacks) if known.counts.is_none() => CountedOutage::Open(lacks),
            _ => {
                known.counts = Some(Finding::new(State::Critical, ""));
                CountedOutage::Counts
            }
        }
    }

    /// Records that the server was reached.
    pub fn end_outage(&mut self) {
        self.outage = None;
    }
}

/// One run of a check.
struct CheckRun<'a> {
    known: BTreeMap<String, KnownFinding>,
    next: BTreeMap<String, KnownFinding>,
    rule: &'a ConfirmRule,
    window: Option<&'a Suppressed>,
    now: Timestamp,
    unknown: &'a BTreeSet<CounterName>,
    open: bool,
}

impl CheckRun<'_> {
    /// The report of one database as it counts.
    fn report(&mut self, target: &str, report: &CheckReport) -> CheckReport {
        if report.skipped.is_some() {
            return report.clone();
        }
        let within = report.database.as_deref().unwrap_or_default();
        let mut counted = CheckReport { findings: Vec::new(), ..report.clone() };
        let mut present = BTreeSet::new();
        for (id, finding) in ids(target, report).into_iter().zip(&report.findings) {
            let key = format!("{within}\0{id}");
            present.insert(key.clone());
            let finding = match finding.state {
                State::Ok => self.good(key, Some(finding)),
                _ => Some(self.bad(key, finding)),
            };
            counted.findings.extend(finding);
        }
        let of_database = format!("{within}\0");
        let gone: Vec<String> = self.known.keys().cloned().collect();
        let gone = gone.into_iter().filter(|key| {
            key.starts_with(&of_database) && !present.contains(key) && *key != error_key(within)
        });
        let unknown = self.unknown(target, report);
        for key in gone.collect::<Vec<_>>() {
            let is_unknown = report.error.is_some() || unknown.contains(&key);
            if is_unknown && self.next.len() < MOST_CONTINUED {
                // The check or the rate was not judged, so the problem may continue.
                if let Some(known) = self.known.remove(&key) {
                    counted.findings.extend(known.counts.clone());
                    self.next.insert(key, known);
                }
            } else {
                let finding = self.good(key, None);
                counted.findings.extend(finding);
            }
        }
        if let Some(error) = &report.error {
            let failure = Finding::new(State::Unknown, error);
            let failure = self.bad(error_key(within), &failure);
            if failure.state == State::Ok {
                counted.error = None;
                counted.findings.push(failure);
            }
        }
        counted.summarize(&report.summary);
        counted
    }

    /// The keys of the problems that the unknown rates of a report may have.
    fn unknown(&self, target: &str, report: &CheckReport) -> BTreeSet<String> {
        let within = report.database.as_deref().unwrap_or_default();
        let of_report = self.unknown.iter().filter(|one| one.database == report.database);
        let problems = of_report.map(|one| {
            let labels = BTreeMap::from([("rate".to_owned(), one.rate.clone())]);
            Finding { labels, ..Finding::new(State::Ok, "") }.about(one.object.clone())
        });
        let findings = problems.collect();
        let database = report.database.clone();
        let report = CheckReport { findings, ..CheckReport::new(&*report.check, database) };
        ids(target, &report).into_iter().map(|id| format!("{within}\0{id}")).collect()
    }

    /// A finding with a problem, as it counts.
    fn bad(&mut self, key: String, finding: &Finding) -> Finding {
        let known = self.known.remove(&key);
        let counted = known.as_ref().is_some_and(|known| known.counts.is_some());
        let (runs, since) = match &known {
            Some(known) if known.counts.is_none() => (known.runs.saturating_add(1), known.since),
            Some(known) => (1, known.since),
            None => (1, self.now),
        };
        if let Some(note) = self.window.filter(|_| !counted) {
            let note = Suppressed { state: finding.state, ..note.clone() };
            return Finding {
                state: State::Ok,
                suppressed: Some(Box::new(note)),
                ..finding.clone()
            };
        }
        let lacks = self.rule.lacks(runs, since, self.now).filter(|_| !counted);
        let counts = lacks.is_none().then(|| finding.clone());
        let runs = if counts.is_some() { 0 } else { runs };
        self.next.insert(key, KnownFinding { counts, runs, since });
        let Some(lacks) = lacks else { return finding.clone() };
        self.open = true;
        let summary = format!("{} ({}, {lacks})", finding.summary, finding.state.label());
        Finding { state: State::Ok, summary, ..finding.clone() }
    }

    /// A finding without a problem, or none, as it counts: the earlier problem may not be over yet.
    fn good(&mut self, key: String, finding: Option<&Finding>) -> Option<Finding> {
        let Some(KnownFinding { counts: Some(problem), runs, since }) = self.known.remove(&key)
        else {
            return finding.cloned();
        };
        // A suppression of the settings ends the problem at once.
        let suppressed = finding.is_some_and(|finding| finding.suppressed.is_some());
        let runs = runs.saturating_add(1);
        if runs >= self.rule.release || suppressed {
            return finding.cloned();
        }
        self.open = true;
        let summary = format!("{} (OK, {runs} of {} runs)", problem.summary, self.rule.release);
        let shown = Finding { summary, ..problem.clone() };
        self.next.insert(key, KnownFinding { counts: Some(problem), runs, since });
        Some(shown)
    }
}

fn error_key(database: &str) -> String {
    format!("{database}\0{ERROR}")
}

#[cfg(test)]
mod tests;
