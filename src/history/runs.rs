//! How often each check ran on each target, by days in UTC: what was watched, with the largest gap.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use crate::packing::{deflate_small, inflate};

/// The table.
pub(super) const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS watched (
        target TEXT NOT NULL,
        day INTEGER NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (target, day)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS watched_day ON watched (day);
";

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// The size of one day of a target before it is compressed.
const MOST_BYTES: u64 = 4 << 20;

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
    /// Adds the counts of a later day.
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
}

/// The day of a time.
pub fn day_of(time: Timestamp) -> i64 {
    time.as_millisecond().div_euclid(DAY)
}

impl RunLog {
    /// Continues after a restart with the latest day that was saved.
    pub fn restored(saved: DayRuns) -> RunLog {
        RunLog { today: saved, before: BTreeMap::new() }
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

/// Writes the runs of targets.
pub(super) fn write(
    connection: &Connection,
    runs: &BTreeMap<(String, i64), DayRuns>,
) -> rusqlite::Result<()> {
    let mut replace = connection.prepare(
        "INSERT INTO watched (target, day, data) VALUES (?1, ?2, ?3)
         ON CONFLICT (target, day) DO UPDATE SET data = excluded.data",
    )?;
    for ((target, day), runs) in runs {
        replace.execute(params![target, day, runs.pack()])?;
    }
    Ok(())
}

impl DayRuns {
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

/// A row: the target and its day.
fn read(row: &Row<'_>) -> rusqlite::Result<(String, DayRuns)> {
    Ok((row.get(0)?, DayRuns::unpack(row.get(1)?, row.get_ref(2)?.as_blob()?, MOST_BYTES)))
}

/// The latest day of each target, not after a day.
pub(super) fn latest(
    connection: &Connection,
    day: i64,
) -> rusqlite::Result<BTreeMap<String, DayRuns>> {
    // The other columns are those of the row with the maximum.
    let latest = "SELECT target, max(day), data FROM watched WHERE day <= ?1 GROUP BY target";
    connection.prepare(latest)?.query_map([day], read)?.collect()
}

/// The runs of all targets from one day to another, by target and check.
pub(super) fn between(
    connection: &Connection,
    (from, until): (i64, i64),
) -> rusqlite::Result<Vec<RangeRuns>> {
    let rows =
        "SELECT target, day, data FROM watched WHERE day BETWEEN ?1 AND ?2 ORDER BY target, day";
    let mut rows = connection.prepare(rows)?;
    let mut sum = SummedRuns::default();
    for row in rows.query_map([from, until], read)? {
        let (target, runs) = row?;
        sum.add(&target, runs);
    }
    Ok(sum.finish())
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

/// Removes days from before a time. Returns whether there was one.
pub(super) fn remove_old(
    connection: &Connection,
    before: Timestamp,
    most: i64,
) -> rusqlite::Result<bool> {
    let old = "DELETE FROM watched WHERE (target, day) IN
                   (SELECT target, day FROM watched WHERE day < ?1 LIMIT ?2)";
    Ok(connection.execute(old, params![day_of(before), most])? > 0)
}

/// Removes the oldest days. Returns whether there was one.
pub(super) fn remove_oldest(connection: &Connection, most: i64) -> rusqlite::Result<bool> {
    let oldest = "DELETE FROM watched WHERE (target, day) IN
                      (SELECT target, day FROM watched ORDER BY day LIMIT ?1)";
    Ok(connection.execute(oldest, [most])? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(20_000 * 86_400 + seconds).expect("it is a time")
    }

    fn run(log: &mut RunLog, seconds: i64, result: RunResult) -> Option<DayRuns> {
        let run = CountedRun { check: "alive", interval: Duration::from_secs(60), result };
        log.count(at(seconds), seconds == 120, [run].into_iter())
    }

    #[test]
    fn days_and_gaps_continue_after_a_restart_and_at_midnight() {
        let mut log = RunLog::default();
        for (seconds, result) in
            [(0, RunResult::Judged), (60, RunResult::Failed), (120, RunResult::Skipped)]
        {
            assert_eq!(run(&mut log, seconds, result), None);
            // A run without a result does not end a gap.
            let expected = if result == RunResult::Failed { 0 } else { seconds };
            assert_eq!(log.today().checks["alive"].last, at(expected).as_millisecond());
        }
        let connection = Connection::open_in_memory().expect("it is created");
        connection.execute_batch(TABLE).expect("it is created");
        let save = |runs: &DayRuns| {
            write(&connection, &BTreeMap::from([(("db1".to_owned(), runs.day), runs.clone())]))
                .expect("it is written");
        };
        save(log.today());
        let saved = latest(&connection, 20_001).expect("it is read").remove("db1");
        let mut log = RunLog::restored(saved.expect("it was saved"));
        assert_eq!(run(&mut log, 3720, RunResult::Judged), None);
        let yesterday = log.today().checks["alive"];
        let expected =
            [4, 1, 1, 1, 3_600_000, at(0).as_millisecond(), at(3720).as_millisecond(), 60_000];
        assert_eq!(<[i64; 8]>::from(yesterday), expected);
        // The gap over midnight belongs to the later day.
        let ended = run(&mut log, 86_400 + 3720, RunResult::Judged).expect("a day is over");
        assert_eq!((ended.day, ended.checks["alive"]), (20_000, yesterday));
        assert_eq!(log.today().checks["alive"].gap, 86_400_000);
        save(&ended);
        save(log.today());
        let all = between(&connection, (20_000, 20_001)).expect("it is read");
        let RangeRuns { target, days, target_days, counts, .. } = &all[0];
        assert_eq!((target.as_str(), *days, *target_days, counts.runs), ("db1", 2, 2, 5));
        assert_eq!((counts.gap, counts.first), (86_400_000, at(0).as_millisecond()));
        assert_eq!(between(&connection, (20_002, 20_009)).expect("it is read"), []);
        assert!(remove_old(&connection, at(86_400), 10).expect("removed"));
        assert!(remove_oldest(&connection, 10).expect("removed"));
        assert!(!remove_oldest(&connection, 10).expect("nothing is left"));
    }
}
