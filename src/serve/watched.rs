//! A target that is watched: its checks, and what is known about it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::rates;
use super::states::{since, states};
use super::swept::{CheckRuns, Swept, Taken};
use crate::board::TargetBoard;
use crate::finding::report::{CheckReport, CheckReports, OWN, Skip, TargetReport};
use crate::finding::{Finding, State, Suppressed};
use crate::history::runs::RunLog;
use crate::history::saved::RestoredTarget;
use crate::run::job::{Job, PlannedCheck};
use crate::schedule::confirm::{ConfirmRule, CountedOutage, FindingMemory};
use crate::schedule::rates::RateMemory;
use crate::schedule::turns::TurnOutcome;
use crate::settings::maintenance::MaintenanceWindow;

mod holding;

/// The number of sweeps in a row that take too long, after which a target is slow.
const SLOW: u32 = 2;

/// The results of a target are saved at least this often, and when a state changes.
const SAVE: Duration = Duration::from_secs(300);

/// A target of the settings.
pub(super) struct Watched {
    /// The target and all its checks.
    pub(super) job: Job,
    /// The groups of the target.
    pub(super) groups: Vec<String>,
    /// The maintenance windows.
    pub(super) windows: Vec<MaintenanceWindow>,
    /// When an outage counts.
    pub(super) outage: ConfirmRule,
    /// The time until the next run of a target whose outage does not count yet.
    pub(super) outage_recheck: Duration,
    /// What is known.
    pub(super) state: WatchedState,
}

/// What is known about a target. It remains after a reload.
#[derive(Default)]
pub(super) struct WatchedState {
    memory: FindingMemory,
    rates: RateMemory,
    /// The latest reports of each check.
    known: BTreeMap<String, CheckReports>,
    board: TargetBoard,
    overruns: u32,
    saved: Option<Timestamp>,
    /// Rises when another node may have watched the target.
    tenure: u64,
    /// How often the checks ran.
    pub(super) runs: RunLog,
}

impl Watched {
    /// The intervals of the checks.
    pub(super) fn intervals(&self) -> Vec<Duration> {
        self.job.planned().map(|planned| planned.effective.interval).collect()
    }

    /// The position of a check.
    pub(super) fn position(&self, check: &str) -> Option<usize> {
        self.job.planned().position(|planned| planned.check.name == check)
    }

    /// The checks without a result that is younger than their interval.
    pub(super) fn old(&self, positions: &[usize], now: Timestamp) -> Vec<usize> {
        let all: Vec<&PlannedCheck> = self.job.planned().collect();
        let is_old = |position: &usize| {
            let planned = all[*position];
            let reports = self.state.known.get(&planned.check.name);
            let ran = reports.into_iter().flatten().filter_map(|report| report.at).max();
            let outage = self.state.board.outage.is_some();
            outage && !self.job.is_document(*position)
                || ran.is_none_or(|ran| {
                    now.duration_since(ran).unsigned_abs() >= planned.effective.interval
                })
        };
        positions.iter().copied().filter(is_old).collect()
    }

    /// Whether the target took too long in its latest sweeps.
    pub(super) fn is_slow(&self) -> bool {
        self.state.overruns >= SLOW
    }

    /// What is saved, so that it survives a restart.
    pub(super) fn saved(&mut self, now: Timestamp) -> RestoredTarget {
        self.state.saved = Some(now);
        RestoredTarget {
            memory: self.state.memory.clone(),
            outage: self.state.board.outage.clone(),
            report: self.state.board.report.clone(),
            known: self.known(),
            rates: self.state.rates.clone(),
        }
    }

    /// Whether it was last saved long ago.
    pub(super) fn is_unsaved(&self, now: Timestamp) -> bool {
        let age = self.state.saved.map(|saved| now.duration_since(saved).unsigned_abs());
        // A rate continues after a restart only if what was saved is not too old.
        let window = self.state.rates.shortest_window();
        let longest = window.map_or(SAVE, |window| SAVE.min(window / 2));
        age.is_none_or(|age| age >= longest)
    }

    /// Takes over what was saved before a restart.
    pub(super) fn restore(&mut self, saved: RestoredTarget) {
        let RestoredTarget { memory, outage, report, known, rates } = saved;
        self.state.memory = memory;
        self.state.rates = rates;
        self.state.board.outage = outage;
        self.state.board.report = report;
        for check in known {
            self.state.known.entry(check.check.clone()).or_default().push(check);
        }
    }

    /// The checks that have a report, also an old one.
    pub(super) fn known_checks(&self) -> impl Iterator<Item = &String> {
        self.state.known.keys().filter(|check| *check != OWN)
    }

    /// Whether a check has a threshold on a rate.
    pub(super) fn measures_rates(&self) -> bool {
        self.job.planned().any(|planned| !planned.effective.thresholds.rate_names().is_empty())
    }

    /// Measures rates anew.
    pub(super) fn forget_rates(&mut self) {
        self.state.rates.clear();
    }

    /// The report, as it counts.
    pub(super) fn report(&self) -> &TargetReport {
        &self.state.board.report
    }

    /// What the board shows before the first sweep, and after a reload.
    pub(super) fn board(&mut self) -> TargetBoard {
        let waiting = |check: &str| CheckReport {
            skipped: Some(Skip::Waiting),
            summary: "not run yet".to_owned(),
            ..CheckReport::new(check, None)
        };
        let names = self.job.names();
        self.state.memory.limit_to(|check| check == OWN || names.contains(&check));
        self.state.known.retain(|check, _| check == OWN || names.contains(&check.as_str()));
        for planned in self.job.planned() {
            let name = &planned.check.name;
            self.state.known.entry(name.clone()).or_insert_with(|| {
                let topic = planned.check.topic.clone();
                let interval = Some(planned.effective.interval);
                vec![CheckReport { topic, interval, ..waiting(name) }].into()
            });
        }
        let known = self.known();
        let documents = self.job.documents.iter().map(|one| one.planned.check.name.clone());
        let board = &mut self.state.board;
        board.groups.clone_from(&self.groups);
        board.since = since(&self.state.memory);
        board.documents = documents.collect();
        board.report.target.clone_from(&self.job.name);
        board.report.profile.clone_from(&self.job.profile);
        if board.report.error.is_none() {
            board.report.checks.clone_from(&known);
        }
        board.known = known;
        board.clone()
    }

    /// Takes the result of a sweep in.
    pub(super) fn take_in(&mut self, swept: Swept, now: Timestamp) -> Taken {
        let window = self.windows.iter().find_map(|window| {
            let until = window.open_until(now)?;
            Some((window.name.clone(), until, window.note(until)))
        });
        let note = window.as_ref().map(|(_, _, note)| note);
        let before = states(&self.state.board.report);
        let memory = self.state.memory.clone();
        let Swept { checks, started, took, mut report } = swept;
        let intervals = self.intervals();
        let shortest = checks.iter().map(|position| intervals[*position]).min();
        let late = shortest.is_some_and(|interval| took >= interval);
        self.state.overruns = if late { self.state.overruns.saturating_add(1) } else { 0 };
        let unreached = report.role.is_none() && report.error.is_some();
        let mut outcome = TurnOutcome::default();
        rates::limit(&self.job, &mut self.state.rates, now);
        self.state.board.maintenance =
            window.as_ref().map(|(name, until, _)| (name.clone(), *until));
        // An outage does not concern documents, and they do not end one.
        let is_document = |position: &usize| self.job.is_document(*position);
        let (documents, asked): (Vec<_>, Vec<_>) = checks.into_iter().partition(is_document);
        let (of_documents, of_server): (CheckReports, CheckReports) =
            std::mem::take(&mut report.checks)
                .into_iter()
                .partition(|check| self.state.board.documents.contains(&check.check));
        report.checks = of_server;
        let judged = !documents.is_empty();
        let (runs, _) = self.runs(documents, of_documents);
        self.count(runs, started, None, note, &mut outcome, now);
        let answered = if asked.is_empty() && judged {
            false
        } else {
            self.state.board.swept = Some(started);
            self.state.board.took = took;
            let swept = Swept { checks: asked, started, took, report };
            if unreached {
                outcome.unreached.clone_from(&swept.checks);
                self.unreached(swept, note, &mut outcome, now)
            } else {
                self.reached(swept, note, &mut outcome, now);
                true
            }
        };
        self.show_known();
        let changed = before != states(&self.state.board.report);
        let save = changed || memory != self.state.memory;
        Taken { outcome, deliver: answered || judged, changed, save }
    }

    /// The reports of each check, given by its position, and those of no check.
    fn runs(
        &self,
        checks: Vec<usize>,
        reports: CheckReports,
    ) -> (Vec<CheckRuns>, Vec<CheckReport>) {
        let mut of_check: BTreeMap<String, Vec<CheckReport>> = BTreeMap::new();
        for report in reports {
            of_check.entry(report.check.clone()).or_default().push(report);
        }
        let names = self.job.names();
        let run =
            |position: usize| (position, of_check.remove(names[position]).unwrap_or_default());
        let runs = checks.into_iter().map(run).collect();
        (runs, of_check.into_values().flatten().collect())
    }

    /// What the board shows now.
    pub(super) fn shown(&mut self, next: Option<Timestamp>, missed: u64) -> TargetBoard {
        self.state.board.next = next;
        self.state.board.missed = missed;
        self.state.board.since = since(&self.state.memory);
        self.state.board.clone()
    }

    /// Counts the reports of checks, given by their positions.
    fn count(
        &mut self,
        runs: Vec<CheckRuns>,
        started: Timestamp,
        server: Option<i64>,
        note: Option<&Suppressed>,
        outcome: &mut TurnOutcome,
        now: Timestamp,
    ) {
        let all: Vec<&PlannedCheck> = self.job.planned().collect();
        for (position, mut run) in runs {
            let planned = all[position];
            let rates = &mut self.state.rates;
            let unknown = rates::judge(&self.job, planned, &mut run, server, rates, now);
            let interval = planned.effective.interval;
            let confirmation = planned.effective.confirmation;
            let rule = ConfirmRule {
                confirm: confirmation.confirm,
                release: confirmation.release,
                hold: planned.effective.hold.unwrap_or_default(),
            };
            let (memory, target) = (&mut self.state.memory, &self.job.name);
            let mut counted = memory.count_without(target, &run, &rule, note, now, &unknown);
            if counted.open {
                outcome.recheck.push((position, confirmation.recheck.min(interval)));
            }
            for report in &mut counted.reports {
                report.at = Some(started);
                report.interval = Some(interval);
            }
            self.state.known.insert(planned.check.name.clone(), counted.reports.into());
        }
    }

    /// Shows the latest reports, and those of documents also during an outage.
    fn show_known(&mut self) {
        let known = self.known();
        let board = &mut self.state.board;
        if !board.documents.is_empty() {
            let is_document = |check: &CheckReport| board.documents.contains(&check.check);
            let checks = &mut board.report.checks;
            checks.retain(|check| !is_document(check));
            // posemo's own report is the last one.
            let own = checks.iter().position(|check| check.check == OWN);
            let end = own.unwrap_or(checks.len());
            checks.insert(end, known.only(is_document));
        }
        board.known = known;
    }

    fn reached(
        &mut self,
        swept: Swept,
        note: Option<&Suppressed>,
        outcome: &mut TurnOutcome,
        now: Timestamp,
    ) {
        let Swept { checks, started, mut report, .. } = swept;
        self.state.memory.end_outage();
        self.state.board.outage = None;
        let (runs, mut own) = self.runs(checks, std::mem::take(&mut report.checks));
        self.count(runs, started, report.server_start, note, outcome, now);
        own.retain(|report| report.check == OWN);
        for report in &mut own {
            report.at = Some(started);
        }
        if !own.is_empty() {
            self.state.known.insert(OWN.to_owned(), own.into());
        }
        self.state.board.report = TargetReport { checks: self.known(), ..report };
    }

    /// Counts an outage. Returns whether receivers get a report.
    fn unreached(
        &mut self,
        swept: Swept,
        note: Option<&Suppressed>,
        outcome: &mut TurnOutcome,
        now: Timestamp,
    ) -> bool {
        let Swept { checks, started, report, .. } = swept;
        let error = report.error.clone().unwrap_or_default();
        self.state.board.outage = Some(error.clone());
        let counted_before = self.state.board.report.error.is_some();
        if let Some(note) = note.filter(|_| !counted_before) {
            // Receivers still get results, so that none of them takes the silence for a problem.
            let state = report.no_answer.unwrap_or(State::Unknown);
            let note = Suppressed { state, ..note.clone() };
            let finding = Finding {
                state: State::Ok,
                suppressed: Some(Box::new(note)),
                ..Finding::new(State::Ok, error)
            };
            let documents = &self.state.board.documents;
            let quiet = self
                .known()
                .into_iter()
                .filter(|check| check.skipped.is_none() && !documents.contains(&check.check));
            let checks = quiet.map(|known| {
                let mut check = CheckReport {
                    topic: known.topic,
                    error: known.error,
                    ..CheckReport::new(known.check, known.database)
                };
                check.at = Some(started);
                check.interval = known.interval;
                // A problem from before the window remains, and so does a failure.
                let problems = known.findings.into_iter();
                check.findings = problems.filter(|finding| finding.state != State::Ok).collect();
                check.findings.push(finding.clone());
                check.summarize("");
                check
            });
            self.state.board.report.checks = checks.collect();
            return true;
        }
        match self.state.memory.count_outage(&self.outage, now) {
            CountedOutage::Open(lacks) => {
                tracing::info!(target = self.job.name, "cannot be queried ({lacks}): {error}");
                let recheck = self.outage_recheck;
                outcome.recheck.extend(checks.into_iter().map(|position| (position, recheck)));
                false
            }
            CountedOutage::Counts => {
                let stamped = report.checks.iter().cloned().map(|mut check| {
                    let planned = self.job.checks.iter().find(|one| one.check.name == check.check);
                    check.interval = planned.map(|planned| planned.effective.interval);
                    check.at = Some(started);
                    check
                });
                let checks = stamped.collect();
                self.state.board.report = TargetReport { checks, ..report };
                true
            }
        }
    }

    /// The latest reports, in the order of the job; those of before an outage while it lasts.
    pub(super) fn known(&self) -> CheckReports {
        let names = self.job.names().into_iter().chain([OWN]);
        names.filter_map(|name| self.state.known.get(name)).collect()
    }
}
