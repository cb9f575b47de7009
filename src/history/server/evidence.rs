//! Reads what an auditor is shown: the chains of hashes, acts, how often checks ran, and problems of the past.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::ValueRef;

use super::read::{act, change};
use super::{ServerHistory, ServerHistoryError, check_version};
use crate::database::error::DatabaseError;
use crate::database::kept::{BoundValue, KeptConnection, StoredRow};
use crate::history::act_kind::ActKind;
use crate::history::chain::{ACTS, CHANGES, ChainHash, ChainTable, LONGEST};
use crate::history::change::StateChange;
use crate::history::evidence::{ActsOfSpan, rules_before, times, within};
use crate::history::marks::RemovedRows;
use crate::history::open::{
    ChangeSource, OpenNow, OpenedProblem, PastProblems, TOGETHER, between as open_between,
};
use crate::history::runs::{DayRuns, RangeRuns, SummedRuns};
use crate::history::verify::{ChainSource, VerifiedChain, all};

/// The time for one statement of a verification.
const VERIFYING: Duration = Duration::from_secs(60);

/// The bytes of the compressed runs of a target on a day, and of all in one answer.
pub(super) const LARGEST_DAY: i64 = 256 << 10;
const DAYS_TOGETHER: i64 = 16 << 20;

/// The bytes of the runs of a target on a day, and about those of the runs in one answer.
const MOST_OF_DAY: u64 = 1 << 20;
const MOST_RUNS: u64 = 256 << 20;

impl ServerHistory {
    /// Recomputes the chains, in one state of the tables. `noted` is a hash that was noted earlier.
    pub(in crate::history) fn verify(
        &self,
        noted: Option<ChainHash>,
    ) -> Result<VerifiedChain, ServerHistoryError> {
        let mut connection = self.long_connection(VERIFYING)?;
        check_version(&mut connection)?;
        connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let found = all(&mut connection, noted)?;
        connection.run("COMMIT")?;
        connection.close();
        Ok(found)
    }

    /// The same for a page; absent if there are more changes than `most`.
    pub(in crate::history) fn verify_few(
        &self,
        most: i64,
    ) -> Result<Option<VerifiedChain>, ServerHistoryError> {
        let ends = "SELECT COALESCE(max(seq) - min(seq), 0) FROM posemo_history.change";
        let count = self.auditing(|connection| first_number(connection, ends, &[]))?;
        if count.unwrap_or(0) >= most { Ok(None) } else { self.verify(None).map(Some) }
    }

    /// The time of the oldest change that is kept.
    pub(in crate::history) fn oldest_change(
        &self,
    ) -> Result<Option<Timestamp>, ServerHistoryError> {
        let oldest = "SELECT min(at) FROM posemo_history.change";
        let oldest = self.auditing(|connection| first_number(connection, oldest, &[]))?;
        Ok(oldest.and_then(|oldest| Timestamp::from_millisecond(oldest).ok()))
    }

    /// The acts from a time until before another one.
    pub(in crate::history) fn acts_between(
        &self,
        span: (Timestamp, Timestamp),
    ) -> Result<ActsOfSpan, ServerHistoryError> {
        let columns = ACTS.list_for_pages();
        let before = format!("SELECT {columns} FROM posemo_history.act WHERE {}", rules_before());
        let acts = format!(
            "SELECT {columns} FROM posemo_history.act WHERE {} AND seq > $4 ORDER BY seq LIMIT {TOGETHER}",
            within()
        );
        self.auditing(|connection| {
            let mut found = ActsOfSpan::default();
            let rows = connection.rows(&before, &[BoundValue::number(span.0.as_millisecond())])?;
            for row in &rows {
                found.rules.push(act(row)?);
            }
            let [first, until, from] = times(span).map(BoundValue::number);
            let mut last = i64::MIN;
            loop {
                let values = [first.clone(), until.clone(), from.clone(), BoundValue::number(last)];
                let rows = connection.rows(&acts, &values)?;
                let Some(row) = rows.last() else { break };
                last = row.number(0)?.unwrap_or(i64::MAX);
                for row in &rows {
                    found.add(act(row)?, span.0);
                }
            }
            found.end(span.0);
            Ok(found)
        })
    }

    /// How often each check ran on each target, from one day to another, with both.
    pub(in crate::history) fn runs_between(
        &self,
        (from, until): (i64, i64),
    ) -> Result<Vec<RangeRuns>, ServerHistoryError> {
        let some = "SELECT target, day, data FROM (
                 SELECT w.target, w.day, w.data,
                     sum(pg_catalog.octet_length(w.data)) OVER (ORDER BY w.target COLLATE \"C\", w.day) AS bytes
                 FROM (
                     SELECT * FROM posemo_history.watched AS r
                     WHERE r.day BETWEEN $1 AND $2 AND (r.target COLLATE \"C\", r.day) > ($3, $4)
                         AND pg_catalog.octet_length(r.data) <= $5
                     ORDER BY r.target COLLATE \"C\", r.day LIMIT 5000
                 ) AS w
             ) AS b WHERE bytes <= $6 ORDER BY target COLLATE \"C\", day";
        self.auditing(|connection| {
            let mut sum = SummedRuns::default();
            let mut last = (String::new(), i64::MIN);
            while sum.size() < MOST_RUNS {
                let values = [
                    BoundValue::number(from),
                    BoundValue::number(until),
                    BoundValue::text(&last.0),
                    BoundValue::number(last.1),
                    BoundValue::number(LARGEST_DAY),
                    BoundValue::number(DAYS_TOGETHER),
                ];
                let rows = connection.rows(some, &values)?;
                for row in &rows {
                    let (target, runs) = day_runs(row)?;
                    last = (target, runs.day);
                    sum.add(&last.0, runs);
                }
                if rows.is_empty() {
                    return Ok(sum.finish());
                }
            }
            let reason = "table posemo_history.watched has too many checks: choose fewer days";
            Err(DatabaseError::Answer { reason: reason.to_owned() })
        })
    }

    /// The problems that were open at some time from `from` until before `until`. `now` are those that are open now.
    pub(in crate::history) fn open_between(
        &self,
        span: (Timestamp, Timestamp),
        now: &[OpenNow],
    ) -> Result<PastProblems, ServerHistoryError> {
        self.auditing(|connection| open_between(connection, span, now.to_vec()))
    }
}

/// The runs of a row: target, day and counts.
pub(super) fn day_runs(row: &StoredRow) -> Result<(String, DayRuns), DatabaseError> {
    let day = row.number(1)?.unwrap_or(0);
    let runs = DayRuns::unpack(day, &row.bytes(2)?.unwrap_or_default(), MOST_OF_DAY);
    Ok((row.text(0)?.unwrap_or_default(), runs))
}

fn first_number(
    connection: &mut KeptConnection,
    statement: &str,
    values: &[BoundValue],
) -> Result<Option<i64>, DatabaseError> {
    let rows = connection.rows(statement, values)?;
    Ok(rows.first().map(|row| row.number(0)).transpose()?.flatten())
}

impl ChainSource for KeptConnection {
    type Error = DatabaseError;

    fn has_hashes(&mut self) -> Result<bool, DatabaseError> {
        // The version of the tables was checked.
        Ok(true)
    }

    fn removed(&mut self) -> Result<RemovedRows, DatabaseError> {
        let newest =
            "SELECT detail FROM posemo_history.act WHERE what = $1 ORDER BY seq DESC LIMIT 1";
        let rows = self.rows(newest, &[BoundValue::text(ActKind::Remove.name())])?;
        let detail = rows.first().map(|row| row.text(0)).transpose()?.flatten();
        Ok(detail.as_deref().and_then(RemovedRows::parse).unwrap_or_default())
    }

    fn rows(
        &mut self,
        table: &'static ChainTable,
        each: &mut dyn FnMut(&[ValueRef<'_>], ValueRef<'_>),
    ) -> Result<(), DatabaseError> {
        let (name, count) = (table.name, table.columns.len());
        let some = format!(
            "SELECT {}, hash FROM posemo_history.{name} WHERE seq > $1 ORDER BY seq LIMIT {TOGETHER}",
            table.list()
        );
        let mut last = i64::MIN;
        loop {
            let rows = KeptConnection::rows(self, &some, &[BoundValue::number(last)])?;
            for row in &rows {
                let seq = row.number(0)?.unwrap_or_default();
                let at = row.number(1)?.map_or(ValueRef::Null, ValueRef::Integer);
                let texts = (2..count).map(|column| row.text(column));
                let texts = texts.collect::<Result<Vec<_>, _>>()?;
                let texts = texts.iter().map(|text| match text {
                    Some(text) => ValueRef::Text(text.as_bytes()),
                    None => ValueRef::Null,
                });
                let columns: Vec<ValueRef<'_>> =
                    [ValueRef::Integer(seq), at].into_iter().chain(texts).collect();
                let hash = row.bytes(count)?;
                each(&columns, hash.as_deref().map_or(ValueRef::Null, ValueRef::Blob));
                last = seq;
            }
            if rows.is_empty() {
                return Ok(());
            }
        }
    }

    fn last_number(&mut self, table: &'static ChainTable) -> Result<Option<i64>, DatabaseError> {
        let number = format!("SELECT {}_seq FROM posemo_history.chain", table.name);
        // Without the row, no number was given.
        Ok(Some(first_number(self, &number, &[])?.unwrap_or(0)))
    }
}

impl ChangeSource for KeptConnection {
    type Error = DatabaseError;

    fn since(&mut self, from: i64, after: i64) -> Result<Vec<StateChange>, DatabaseError> {
        let columns = CHANGES.list_for_pages();
        let some = format!(
            "SELECT {columns} FROM posemo_history.change WHERE at >= $1 AND seq > $2 ORDER BY seq LIMIT $3"
        );
        let values = [from, after, TOGETHER].map(BoundValue::number);
        self.rows(&some, &values)?.iter().map(change).collect()
    }

    fn summary(
        &mut self,
        key: OpenedProblem<'_>,
        before: i64,
    ) -> Result<Option<String>, DatabaseError> {
        let summary = format!("pg_catalog.substr(summary, 1, {LONGEST})");
        let rows = of_problem(self, &summary, "", key, before)?;
        rows.first().map(|row| row.text(0)).transpose().map(Option::flatten)
    }

    fn began(&mut self, key: OpenedProblem<'_>, before: i64) -> Result<Option<i64>, DatabaseError> {
        let rows = of_problem(self, "at", "AND was = 'ok'", key, before)?;
        rows.first().map(|row| row.number(0)).transpose().map(Option::flatten)
    }
}

/// A column of the latest change of a problem before the one with a number.
fn of_problem(
    connection: &mut KeptConnection,
    column: &str,
    condition: &str,
    (target, check, database, finding): OpenedProblem<'_>,
    before: i64,
) -> Result<Vec<StoredRow>, DatabaseError> {
    let statement = format!(
        "SELECT {column} FROM posemo_history.change
         WHERE finding = $1 AND target = $2 AND \"check\" = $3 AND database IS NOT DISTINCT FROM $4
             AND seq < $5 {condition} ORDER BY seq DESC LIMIT 1"
    );
    let values = [
        BoundValue::text(finding),
        BoundValue::text(target),
        BoundValue::text(check),
        BoundValue::optional(database),
        BoundValue::number(before),
    ];
    connection.rows(&statement, &values)
}
