//! Keeps the file small: what is too old is removed, and the oldest if the file is too large.
//!
//! Each call does a bounded part of the work, so that what was found meanwhile can be written.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::Connection;

use super::chain::{ACTS, CHANGES};
use super::{act, removal, values, watched_days};

/// The time after which a call ends.
const STEP: Duration = Duration::from_millis(200);

/// The changes or acts, and the blocks, that one statement removes.
const ROWS: i64 = 5000;
const BLOCKS: i64 = 100;

/// The pages that one statement gives back to the file system.
const PAGES: i64 = 256;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The time.
    pub now: Timestamp,
    /// Changes from before are removed.
    pub changes: Timestamp,
    /// Values from before are removed.
    pub values: Timestamp,
    /// Rollups from before are removed.
    pub hours: Timestamp,
    /// The size of the file in bytes.
    pub most: u64,
}

/// Does a part of the work. Returns whether more remains.
pub(super) fn keep_up(
    connection: &mut Connection,
    kept: &Kept,
    targets: &[String],
) -> rusqlite::Result<bool> {
    let end = Instant::now() + STEP;
    forget(connection, targets)?;
    let (values_before, hours_before) = (kept.values.as_millisecond(), kept.hours.as_millisecond());
    loop {
        let joined = values::join(connection, kept.now.as_millisecond())?;
        let age = (kept.changes, kept.now);
        let old = removal::remove_old(connection, &CHANGES, age, ROWS)?;
        let old_acts = removal::remove_old(connection, &ACTS, age, ROWS)?
            || removal::remove_surplus(connection, kept.now, ROWS)?;
        act::limit(connection)?;
        let old_days = watched_days::remove_old(connection, kept.changes, ROWS)?;
        let old_values = values::remove_old(connection, values_before, hours_before, BLOCKS)?;
        let shrunk = shrink(connection, kept)?;
        if !(joined || old || old_days || old_acts || old_values || shrunk) {
            connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
            return Ok(false);
        }
        if Instant::now() >= end {
            return Ok(true);
        }
    }
}

/// Forgets the latest results of targets that are not in use.
fn forget(connection: &Connection, targets: &[String]) -> rusqlite::Result<()> {
    let known: Vec<String> = {
        let mut statement = connection.prepare("SELECT target FROM latest")?;
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    let used: BTreeSet<&String> = targets.iter().collect();
    for target in known.iter().filter(|target| !used.contains(target)) {
        connection.execute("DELETE FROM latest WHERE target = ?1", [target])?;
    }
    Ok(())
}

/// Removes the oldest if the file is too large: values, then rollups, then what was watched, then acts, then changes. Returns whether it did.
fn shrink(connection: &mut Connection, kept: &Kept) -> rusqlite::Result<bool> {
    let number = |name: &str| {
        let connection: &Connection = connection;
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
    };
    let bytes = |pages: i64, size: i64| u64::try_from(pages.saturating_mul(size)).unwrap_or(0);
    let (pages, free, size) =
        (number("page_count")?, number("freelist_count")?, number("page_size")?);
    if bytes(pages - free, size) > kept.most {
        return Ok(values::remove_oldest(connection, BLOCKS)?
            || watched_days::remove_oldest(connection, BLOCKS)?
            || removal::remove_oldest(connection, &ACTS, kept.now, ROWS)?
            || removal::remove_oldest(connection, &CHANGES, kept.now, ROWS)?);
    }
    if bytes(pages, size) <= kept.most || free == 0 {
        return Ok(false);
    }
    // Each step frees one page.
    let mut vacuum = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut steps = vacuum.query([])?;
    while steps.next()?.is_some() {}
    Ok(true)
}
