//! What an auditor reads later: how often checks ran, and acts of posemo itself: what was watched with which rules.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::conductor::Conductor;
use super::fleet::Fleet;
use super::swept::Swept;
use super::watched::Watched;
use crate::finding::report::CheckReport;
use crate::history::act_kind::ActKind;
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

    /// The suppressions that have not ended, by name.
    fn accepted(&self) -> Vec<String> {
        let now = Timestamp::now();
        let all = self.targets.iter().flat_map(|target| &target.job.suppressions);
        let current = all.filter(|one| !one.has_ended(now));
        let by_name: BTreeMap<&str, _> = current.map(|one| (one.name.as_str(), one)).collect();
        by_name.into_values().map(ToString::to_string).collect()
    }

    /// The rules in force: the hashes of the settings and the catalog, who signed checks, which findings are accepted, and
    /// which checks never run.
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
        let accepted = listed(&self.accepted()).map(|all| format!("; accepted findings: {all}"));
        format!(
            "posemo {}; {}catalog {} ({}); {}{}{}; on no target: {}",
            env!("CARGO_PKG_VERSION"),
            files.collect::<String>(),
            self.catalog.digest(),
            counted(all, "check"),
            signed.collect::<String>(),
            counted(self.targets.len(), "target"),
            accepted.unwrap_or_default(),
            if off.is_empty() { "none".to_owned() } else { off.join(", ") },
        )
    }
}

/// The checks that were switched off and on, and the targets that were removed and added.
fn switched(before: &WatchedChecks, now: &WatchedChecks) -> [(ActKind, Vec<String>); 4] {
    let targets = |all: &WatchedChecks| -> BTreeSet<String> {
        all.iter().map(|(target, _)| target.clone()).collect()
    };
    let (old, new) = (targets(before), targets(now));
    let checks = |some: &WatchedChecks, others: &WatchedChecks, known: &BTreeSet<String>| {
        some.difference(others)
            // A target that is new, or gone, is not a check that was switched.
            .filter(|(target, _)| known.contains(target))
            .map(|(target, check)| format!("{target} {check}"))
            .collect()
    };
    let added =
        if before.is_empty() { Vec::new() } else { new.difference(&old).cloned().collect() };
    [
        (ActKind::Off, checks(before, now, &new)),
        (ActKind::On, checks(now, before, &old)),
        (ActKind::Removed, old.difference(&new).cloned().collect()),
        (ActKind::Added, added),
    ]
}

/// Some things with commas; absent without one.
fn listed(things: &[String]) -> Option<String> {
    let shown = things.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    let more = things.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!things.is_empty()).then(|| shown + &more)
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
    pub(super) fn rules_act(&self, what: ActKind, by: &str, before: &WatchedChecks) {
        if self.recorder.is_none() {
            return;
        }
        self.act(what, by, &self.fleet.rules_text());
        for (what, things) in switched(before, &self.fleet.watched_checks()) {
            self.act_of(what, by, &things);
        }
    }

    /// Records an act about some things, if there is one.
    fn act_of(&self, what: ActKind, by: &str, things: &[String]) {
        if let Some(things) = listed(things) {
            self.act(what, by, &things);
        }
    }

    /// Records that too many wrong passwords were tried.
    pub(super) fn logins_act(&self, from: &str) {
        let detail = format!(
            "too many wrong passwords, the last from {from}; more within ten minutes are not recorded"
        );
        self.act(ActKind::Logins, POSEMO, &detail);
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
            self.act(ActKind::Window, POSEMO, &detail);
        }
        self.windows = open;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_checks_of_many_targets_are_switched_at_once() {
        let all = |target: &str, check: &str, targets: usize| -> WatchedChecks {
            let of = |number| {
                (0..50).map(move |one| (format!("{target}{number}"), format!("{check}{one}")))
            };
            (0..targets).flat_map(of).collect()
        };
        let mut before = all("db", "old", 2000);
        before.extend(all("gone", "old", 1));
        let mut now = all("db", "new", 2000);
        now.extend(all("more", "new", 1));
        // It compares each name with some, and not with all: the time is short.
        let [(_, off), (_, on), (_, removed), (_, added)] = switched(&before, &now);
        assert_eq!((off.len(), on.len()), (100_000, 100_000));
        assert_eq!((off[0].as_str(), on[0].as_str()), ("db0 old0", "db0 new0"));
        assert_eq!((removed, added), (vec!["gone0".to_owned()], vec!["more0".to_owned()]));
        let [_, (_, on), _, (_, added)] = switched(&WatchedChecks::new(), &now);
        assert_eq!((on, added), (vec![], vec![]), "nothing was known before");
    }
}
