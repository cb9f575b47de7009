//! What an auditor reads later: how often checks ran, and acts of posemo itself: what was watched with which rules.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::conductor::Conductor;
use super::fleet::Fleet;
use super::swept::Swept;
use super::watched::Watched;
use crate::finding::report::CheckReport;
use crate::history::marks::POSEMO;
use crate::history::runs::{CountedRun, DayRuns, RunResult};
use crate::text::number::counted;

/// The number of names in an act.
const MOST: usize = 100;

/// The checks that are watched: target and check.
pub(super) type WatchedChecks = BTreeSet<(String, String)>;

impl Watched {
    /// Counts the runs of a sweep. Returns the day before if it is over.
    pub(super) fn count_runs(&mut self, swept: &Swept) -> Option<DayRuns> {
        let Swept { checks, started, report, .. } = swept;
        let maintained = self.windows.iter().any(|window| window.open_until(*started).is_some());
        let unreached = report.role.is_none() && report.error.is_some();
        let all: Vec<_> = self.job.planned().collect();
        let mut of_check: BTreeMap<&str, Vec<&CheckReport>> = BTreeMap::new();
        for check in &report.checks {
            of_check.entry(&check.check).or_default().push(check);
        }
        let runs = checks.iter().filter_map(|position| {
            let planned = all.get(*position)?;
            let name = planned.check.name.as_str();
            let reports = of_check.get(name).map_or(&[][..], Vec::as_slice);
            let failed = unreached && !self.job.is_document(*position)
                || reports.iter().any(|report| report.error.is_some());
            let skipped = !reports.is_empty() && reports.iter().all(|one| one.skipped.is_some());
            let result = match (failed, skipped) {
                (true, _) => RunResult::Failed,
                (_, true) => RunResult::Skipped,
                _ => RunResult::Judged,
            };
            Some(CountedRun { check: name, interval: planned.effective.interval, result })
        });
        self.state.runs.count(*started, maintained, runs)
    }
}

impl Fleet {
    /// The checks that are watched.
    pub(super) fn watched_checks(&self) -> WatchedChecks {
        let of = |target: &Watched| {
            let names = target.job.names().into_iter();
            names.map(|check| (target.job.name.clone(), check.to_owned())).collect::<Vec<_>>()
        };
        self.targets.iter().flat_map(of).collect()
    }

    /// The checks that were watched before a restart; of targets that are gone, only the names.
    pub(super) fn checks_of_history(&self) -> WatchedChecks {
        let of = |target: &Watched| {
            let names = target.known_checks();
            names.map(|check| (target.job.name.clone(), check.clone())).collect::<Vec<_>>()
        };
        let gone = self.gone.iter().map(|target| (target.clone(), String::new()));
        self.targets.iter().flat_map(of).chain(gone).collect()
    }

    /// The rules in force: the hashes of the settings and the catalog, who signed checks, and which checks never run.
    fn rules_text(&self) -> String {
        let files = self.all_settings.digests().into_iter().map(|(file, hash)| {
            let file = if file.is_empty() { "no file".to_owned() } else { file };
            format!("settings {hash} ({file}); ")
        });
        let signers = self.catalog.signers();
        let signed = signers
            .iter()
            .map(|(key, count)| format!("{} signed by {key}; ", counted(*count, "check")));
        let run: BTreeSet<&str> = self.targets.iter().flat_map(|one| one.job.names()).collect();
        let off: Vec<&str> = self.catalog.names().filter(|name| !run.contains(name)).collect();
        let all = self.catalog.names().count();
        format!(
            "posemo {}; {}catalog {} ({}); {}{}; on no target: {}",
            env!("CARGO_PKG_VERSION"),
            files.collect::<String>(),
            self.catalog.digest(),
            counted(all, "check"),
            signed.collect::<String>(),
            counted(self.targets.len(), "target"),
            if off.is_empty() { "none".to_owned() } else { off.join(", ") },
        )
    }
}

impl Conductor {
    /// Saves the latest results and the runs of a target.
    pub(super) fn save(&mut self, position: usize, now: Timestamp) {
        let watched = &mut self.fleet.targets[position];
        if let Some(recorder) = &self.recorder {
            recorder.save(now, watched.saved(now));
            let today = watched.state.runs.today();
            if !today.checks.is_empty() {
                recorder.save_runs(&watched.job.name, today.clone());
            }
        }
    }

    /// Records which rules are in force, and which checks are watched that were not before, and the other way round.
    pub(super) fn rules_act(&self, what: &str, by: &str, before: &WatchedChecks) {
        if self.recorder.is_none() {
            return;
        }
        self.act(what, by, &self.fleet.rules_text());
        let now = self.fleet.watched_checks();
        for (word, some, others) in [("off", before, &now), ("on", &now, before)] {
            let changed: Vec<String> = some
                .difference(others)
                // A target that is new, or gone, is not a check that was switched.
                .filter(|(target, _)| others.iter().any(|(other, _)| other == target))
                .map(|(target, check)| format!("{target} {check}"))
                .collect();
            self.act_of(word, by, &changed);
        }
        let targets = |all: &WatchedChecks| -> BTreeSet<String> {
            all.iter().map(|(target, _)| target.clone()).collect()
        };
        let (old, new) = (targets(before), targets(&now));
        self.act_of("removed", by, &old.difference(&new).cloned().collect::<Vec<_>>());
        if !before.is_empty() {
            self.act_of("added", by, &new.difference(&old).cloned().collect::<Vec<_>>());
        }
    }

    /// Records an act about some things, if there is one.
    fn act_of(&self, what: &str, by: &str, things: &[String]) {
        let shown = things.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
        let more = things.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        if !things.is_empty() {
            self.act(what, by, &format!("{shown}{more}"));
        }
    }

    /// Records that too many wrong passwords were tried.
    pub(super) fn logins_act(&self, from: &str) {
        let detail = format!(
            "too many wrong passwords, the last from {from}; more within ten minutes are not recorded"
        );
        self.act("logins", POSEMO, &detail);
    }

    /// Records maintenance windows that opened.
    pub(super) fn windows_act(&mut self) {
        let mut open = BTreeMap::new();
        for shown in self.board.targets() {
            if let Some((name, until)) = &shown.maintenance
                && *until > Timestamp::now()
            {
                open.insert(name.clone(), *until);
            }
        }
        if open == self.windows {
            return;
        }
        for (name, until) in &open {
            if self.windows.get(name) == Some(until) {
                continue;
            }
            let mut reason = String::new();
            let mut targets = Vec::new();
            for watched in &self.fleet.targets {
                if let Some(window) = watched.windows.iter().find(|window| window.name == *name) {
                    reason = window.note(*until).reason;
                    targets.push(watched.job.name.as_str());
                }
            }
            let count = counted(targets.len(), "target");
            targets.truncate(MOST);
            let until = until.strftime("%Y-%m-%dT%H:%M:%SZ");
            let detail =
                format!("{name} until {until} for {count} ({}): {reason}", targets.join(", "));
            self.act("window", POSEMO, &detail);
        }
        self.windows = open;
    }
}
