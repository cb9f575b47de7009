//! How often each check ran on each target, by days in UTC: what was watched, with the largest gap.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::packing::{deflate_small, inflate};

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// The runs of a check on a target, on a day or in a range of days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[i64; 8]", into = "[i64; 8]")]
pub struct RunCounts {
    /// The number of runs.
    pub runs: i64,
    /// The runs without a result: the server was not reached, or the check failed.
    pub failed: i64,
    /// The runs on a server that the check is not for.
    pub skipped: i64,
    /// The runs in a maintenance window.
    pub maintained: i64,
    /// The longest time between two runs with a result, in milliseconds; it counts for the day of the later one.
    pub gap: i64,
    /// The time of the first run, in milliseconds since 1970.
    pub first: i64,
    /// The time of the last run with a result; that of the first run if none had one.
    pub last: i64,
    /// The interval of the check at its last run, in milliseconds.
    pub interval: i64,
}

impl From<[i64; 8]> for RunCounts {
    fn from(
        [runs, failed, skipped, maintained, gap, first, last, interval]: [i64; 8],
    ) -> RunCounts {
        RunCounts { runs, failed, skipped, maintained, gap, first, last, interval }
    }
}

impl From<RunCounts> for [i64; 8] {
    fn from(counts: RunCounts) -> [i64; 8] {
        let RunCounts { runs, failed, skipped, maintained, gap, first, last, interval } = counts;
        [runs, failed, skipped, maintained, gap, first, last, interval]
    }
}

impl RunCounts {
    /// Adds later counts.
    fn add(&mut self, later: &RunCounts) {
        for (sum, more) in [
            (&mut self.runs, later.runs),
            (&mut self.failed, later.failed),
            (&mut self.skipped, later.skipped),
            (&mut self.maintained, later.maintained),
        ] {
            *sum = sum.saturating_add(more);
        }
        self.gap = self.gap.max(later.gap);
        self.last = later.last;
        self.interval = later.interval;
    }
}

/// The runs of all checks of a target on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayRuns {
    /// The days since 1970-01-01, in UTC.
    pub day: i64,
    /// The counts by the name of the check.
    pub checks: BTreeMap<String, RunCounts>,
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunResult {
    /// It has a result.
    Judged,
    /// It has none.
    Failed,
    /// The check is not for the server.
    Skipped,
}

/// A run of a check.
#[derive(Debug, Clone, Copy)]
pub struct CountedRun<'c> {
    /// The check.
    pub check: &'c str,
    /// Its interval.
    pub interval: Duration,
    /// What became of it.
    pub result: RunResult,
}

/// The runs of a target: those of the day, and when each check ran before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunLog {
    today: DayRuns,
    before: BTreeMap<String, i64>,
    /// Whether it has counted on a day before.
    has_ended_day: bool,
}

/// The day of a time.
pub fn day_of(time: Timestamp) -> i64 {
    time.as_millisecond().div_euclid(DAY)
}

impl RunLog {
    /// Continues after a restart with the latest day that was saved.
    pub fn restored(saved: DayRuns) -> RunLog {
        RunLog { today: saved, ..RunLog::default() }
    }

    /// Adds what was counted before this log began.
    pub fn join(&mut self, earlier: DayRuns) {
        if self.today.checks.is_empty() {
            *self = RunLog::restored(earlier);
            return;
        }
        // What was before a day of this log is not before today.
        if self.has_ended_day {
            return;
        }
        self.today.follow(&earlier);
        for (check, counts) in earlier.checks {
            if !self.today.checks.contains_key(&check) {
                self.before.entry(check).or_insert(counts.last);
            }
        }
    }

    /// The day that is not over.
    pub fn today(&self) -> &DayRuns {
        &self.today
    }

    /// Counts runs that began at a time, within a maintenance window or not. Returns the day before if it is over.
    pub fn count<'c>(
        &mut self,
        at: Timestamp,
        maintained: bool,
        runs: impl Iterator<Item = CountedRun<'c>>,
    ) -> Option<DayRuns> {
        let day = day_of(at);
        let mut ended = None;
        if day != self.today.day {
            let last = self.today.checks.iter().map(|(name, counts)| (name.clone(), counts.last));
            self.before.extend(last);
            let new = DayRuns { day, checks: BTreeMap::new() };
            ended = Some(std::mem::replace(&mut self.today, new));
            self.has_ended_day |= ended.as_ref().is_some_and(|ended| !ended.checks.is_empty());
        }
        let at = at.as_millisecond();
        for run in runs {
            let counts = if let Some(counts) = self.today.checks.get_mut(run.check) {
                counts
            } else {
                let last = self.before.remove(run.check).unwrap_or(at);
                let new = RunCounts { first: at, last, ..RunCounts::default() };
                self.today.checks.entry(run.check.to_owned()).or_insert(new)
            };
            counts.runs += 1;
            counts.failed += i64::from(run.result == RunResult::Failed);
            counts.skipped += i64::from(run.result == RunResult::Skipped);
            counts.maintained += i64::from(maintained);
            if run.result != RunResult::Failed {
                counts.gap = counts.gap.max(at.saturating_sub(counts.last));
                counts.last = at;
            }
            counts.interval = i64::try_from(run.interval.as_millis()).unwrap_or(i64::MAX);
        }
        ended.filter(|ended| !ended.checks.is_empty())
    }
}

/// The runs of a check on a target in a range of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeRuns {
    /// The target.
    pub target: String,
    /// The check.
    pub check: String,
    /// The number of days on which it ran.
    pub days: usize,
    /// The number of days on which a check of the target ran.
    pub target_days: usize,
    /// The counts.
    pub counts: RunCounts,
}

impl DayRuns {
    /// Adds the counts of an earlier part of the same day. Those of a day before only show how long a check did not run.
    pub(super) fn follow(&mut self, earlier: &DayRuns) {
        let is_same = earlier.day == self.day;
        for (check, before) in &earlier.checks {
            if let Some(counts) = self.checks.get_mut(check) {
                counts.gap = counts.gap.max(counts.first.saturating_sub(before.last));
                if is_same {
                    let later = std::mem::replace(counts, *before);
                    counts.add(&later);
                }
            } else if is_same {
                self.checks.insert(check.clone(), *before);
            }
        }
    }

    /// The compressed counts.
    pub(super) fn pack(&self) -> Vec<u8> {
        deflate_small(&serde_json::to_vec(&self.checks).unwrap_or_default())
    }

    /// The day with its compressed counts; without checks if they are damaged or have more than `most` bytes.
    pub(super) fn unpack(day: i64, packed: &[u8], most: u64) -> DayRuns {
        let bytes = inflate(packed, most).unwrap_or_default();
        DayRuns { day, checks: serde_json::from_slice(&bytes).unwrap_or_default() }
    }

    /// About the bytes that it needs in memory.
    pub(super) fn size(&self) -> u64 {
        self.checks.keys().map(|check| room(check)).sum()
    }
}

/// About the bytes of a check in memory.
fn room(check: &str) -> u64 {
    u64::try_from(check.len()).unwrap_or(u64::MAX).saturating_add(200)
}

/// Adds days of targets up, in the order of the targets and days.
#[derive(Debug, Default)]
pub(super) struct SummedRuns {
    all: Vec<RangeRuns>,
    /// The target that is not complete, its days, and its checks.
    name: String,
    days: usize,
    of_target: BTreeMap<String, (usize, RunCounts)>,
    /// About the bytes in memory.
    size: u64,
}

impl SummedRuns {
    /// Adds a day of a target.
    pub(super) fn add(&mut self, target: &str, runs: DayRuns) {
        if target != self.name {
            self.end();
            (self.name, self.days) = (target.to_owned(), 0);
        }
        self.days += 1;
        for (check, counts) in runs.checks {
            if let Some((days, sum)) = self.of_target.get_mut(&check) {
                *days += 1;
                sum.add(&counts);
            } else {
                self.size += room(&check);
                self.of_target.insert(check, (1, counts));
            }
        }
    }

    /// About the bytes that the sums need in memory.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The sums.
    pub(super) fn finish(mut self) -> Vec<RangeRuns> {
        self.end();
        self.all
    }

    fn end(&mut self) {
        let (name, target_days) = (&self.name, self.days);
        let of_target = std::mem::take(&mut self.of_target).into_iter();
        self.all.extend(of_target.map(|(check, (days, counts))| RangeRuns {
            target: name.clone(),
            check,
            days,
            target_days,
            counts,
        }));
    }
}
