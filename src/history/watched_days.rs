//! The table of a file with the runs of targets by days.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::runs::{DayRuns, RangeRuns, SummedRuns, day_of};

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

/// The size of one day of a target before it is compressed.
const MOST_BYTES: u64 = 4 << 20;

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
    use std::time::Duration;

    use super::*;
    use crate::history::runs::{CountedRun, RunLog, RunResult};

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
        // What was counted before is read after this log began, on the same day or a later one.
        for (first, gap) in [(4000, 3_600_000), (9000, 5_280_000), (86_400, 82_680_000)] {
            let mut late = RunLog::default();
            run(&mut late, first, RunResult::Judged);
            run(&mut late, first + 60, RunResult::Judged);
            late.join(ended.clone());
            let counts = late.today().checks["alive"];
            let is_same = first < 86_400;
            let gap = if is_same { gap } else { gap.max(60_000) };
            assert_eq!((counts.runs, counts.gap), (if is_same { 6 } else { 2 }, gap), "{first}");
            assert_eq!(counts.last, at(first + 60).as_millisecond());
        }
        // Later than this log's first day, the earlier node does not matter.
        let mut long = RunLog::default();
        for seconds in [9000, 86_400 + 60, 86_400 + 120] {
            run(&mut long, seconds, RunResult::Judged);
        }
        let before = long.clone();
        long.join(ended.clone());
        assert_eq!(long, before);
        let mut empty = RunLog::default();
        empty.join(ended.clone());
        assert_eq!(empty, RunLog::restored(ended));
        assert!(remove_old(&connection, at(86_400), 10).expect("removed"));
        assert!(remove_oldest(&connection, 10).expect("removed"));
        assert!(!remove_oldest(&connection, 10).expect("nothing is left"));
    }
}
