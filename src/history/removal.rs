//! Removes the oldest rows of the chains, and notes the hash of the last one: what remains can be verified from there.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::act_kind::ActKind;
use super::append::Appender;
use super::chain::{ACTS, ChainHash, ChainTable};
use super::marks::{LastRemoved, RemovedRows};

/// The number of acts that are kept.
pub(super) const MOST_ACTS: i64 = 100_000;

/// The acts that are removed at a time beyond those that are too many: each removal is an act, too.
pub(super) const MARGIN: i64 = 1000;

/// The acts that a small file keeps, as each removal is an act.
const FEWEST: i64 = 100;

/// Removes at most `most` of the oldest rows that are older than a time. Returns whether it removed one.
pub(super) fn remove_old(
    connection: &mut Connection,
    table: &'static ChainTable,
    (before, now): (Timestamp, Timestamp),
    most: i64,
) -> rusqlite::Result<bool> {
    let mut last = None;
    {
        let oldest = format!("SELECT seq, at FROM {} ORDER BY seq LIMIT ?1", table.name);
        let mut oldest = connection.prepare(&oldest)?;
        let mut rows = oldest.query([most])?;
        // A chain loses only its beginning. Rows of the future remain: the clock that is set wrong may be the one of now.
        while let Some(row) = rows.next()? {
            let at: i64 = row.get(1)?;
            if at >= before.as_millisecond() {
                break;
            }
            last = Some(row.get(0)?);
        }
    }
    last.map_or(Ok(false), |last| remove(connection, table, last, (now, "too old")))
}

/// Removes at most `most` of the oldest acts if there are too many. Returns whether it removed one.
pub(super) fn remove_surplus(
    connection: &mut Connection,
    now: Timestamp,
    most: i64,
) -> rusqlite::Result<bool> {
    let ends = "SELECT min(seq), max(seq) FROM act";
    let ends = connection.query_row(ends, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(first), Some(last)) = ends else { return Ok(false) };
    let (first, last): (i64, i64) = (first, last);
    if last.saturating_sub(first) < MOST_ACTS {
        return Ok(false);
    }
    let until = first.saturating_add(most - 1).min(last - MOST_ACTS + MARGIN);
    remove(connection, &ACTS, until, (now, "too many"))
}

/// Removes some of the oldest rows of a file that is too large, at most `most`. Returns whether it removed one.
pub(super) fn remove_oldest(
    connection: &mut Connection,
    table: &'static ChainTable,
    now: Timestamp,
    most: i64,
) -> rusqlite::Result<bool> {
    let count = format!("SELECT count(*) FROM {}", table.name);
    let count: i64 = connection.query_row(&count, [], |row| row.get(0))?;
    if *table == ACTS && count <= FEWEST {
        return Ok(false);
    }
    // A small file has few of them: not all go at once.
    let some = most.min(count / 10 + 1);
    let last = format!("SELECT seq FROM {} ORDER BY seq LIMIT 1 OFFSET ?1", table.name);
    let last = connection.query_row(&last, [some - 1], |row| row.get(0)).optional()?;
    last.map_or(Ok(false), |last| remove(connection, table, last, (now, "the file was too large")))
}

/// Removes the rows up to a number.
fn remove(
    connection: &mut Connection,
    table: &'static ChainTable,
    until: i64,
    (now, why): (Timestamp, &str),
) -> rusqlite::Result<bool> {
    let transaction = connection.transaction()?;
    {
        let name = table.name;
        let last =
            format!("SELECT seq, hash FROM {name} WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1");
        let last = transaction.query_row(&last, [until], |row| {
            Ok(LastRemoved { seq: row.get(0)?, hash: ChainHash::of_column(row.get_ref(1)?) })
        });
        let Some(last) = last.optional()? else { return Ok(false) };
        // Both are read before the rows go, which may be the last ones about it.
        let mut removed = RemovedRows::read(&transaction)?;
        let mut acts = Appender::new(&transaction, &ACTS)?;
        transaction.execute(&format!("DELETE FROM {name} WHERE seq <= ?1"), params![until])?;
        *removed.of(table) = last;
        acts.note(now, ActKind::Remove, &format!("{removed} {why}"))?;
    }
    transaction.commit()?;
    Ok(true)
}
