//! Reads the history for pages: changes from the latest to the oldest, with how long each state lasted.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::chain::CHANGES;
use super::change::StateChange;
use super::connection::open_to_read;
use super::store::{HistoryError, change};

/// Which changes are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// Only of this target.
    pub target: Option<String>,
    /// Only of this check. Outages of a server have no check.
    pub check: Option<String>,
    /// Only in this database.
    pub database: Option<String>,
    /// Only of this finding.
    pub finding: Option<String>,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Only changes with a smaller number.
    pub before: Option<i64>,
}

/// A change, and how long the state lasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastChange {
    /// The change.
    pub change: StateChange,
    /// The time until the next change of the same finding; absent for the latest one.
    pub lasted: Option<Duration>,
}

/// The changes, the latest first.
pub fn past(
    path: &Path,
    filter: &ChangeFilter,
    most: usize,
) -> Result<Vec<PastChange>, HistoryError> {
    let read = || changes(&open_to_read(path)?, filter, most);
    read().map_err(|source| HistoryError::Sqlite { path: path.to_owned(), source })
}

/// The time of the oldest change that is kept.
pub fn oldest_change(path: &Path) -> Result<Option<Timestamp>, HistoryError> {
    let read = || {
        let oldest = "SELECT min(at) FROM change";
        open_to_read(path)?.query_row(oldest, [], |row| row.get::<_, Option<i64>>(0))
    };
    let oldest = read().map_err(|source| HistoryError::Sqlite { path: path.to_owned(), source })?;
    Ok(oldest.and_then(|oldest| Timestamp::from_millisecond(oldest).ok()))
}

fn changes(
    connection: &Connection,
    filter: &ChangeFilter,
    most: usize,
) -> rusqlite::Result<Vec<PastChange>> {
    let ChangeFilter { target, check, database, finding, from, until, before } = filter;
    let columns = CHANGES.list();
    let mut statement = connection.prepare(&format!(
        "SELECT {columns},
             (SELECT min(later.at) FROM change later
              WHERE later.finding = one.finding AND later.target = one.target AND later.seq > one.seq
                  AND later.\"check\" = one.\"check\" AND later.database IS one.database)
         FROM change one
         WHERE (?1 IS NULL OR target = ?1) AND (?2 IS NULL OR \"check\" = ?2)
             AND (?3 IS NULL OR database = ?3) AND (?4 IS NULL OR finding = ?4)
             AND (?5 IS NULL OR at >= ?5) AND (?6 IS NULL OR at < ?6) AND (?7 IS NULL OR seq < ?7)
         ORDER BY seq DESC LIMIT ?8"
    ))?;
    let time = |time: &Option<Timestamp>| time.map(Timestamp::as_millisecond);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let parameters =
        params![target, check, database, finding, time(from), time(until), before, most];
    let past = |row: &Row<'_>| {
        let change = change(row)?;
        let next: Option<i64> = row.get(10)?;
        let lasted = next.and_then(|next| u64::try_from(next - change.at.as_millisecond()).ok());
        Ok(PastChange { change, lasted: lasted.map(Duration::from_millis) })
    };
    statement.query_map(parameters, past)?.collect()
}
