//! The values of metrics in the file: blocks of some minutes, which become blocks of an hour with their rollups, and days of
//! rollups.
//!
//! Each step does a bounded part of the work, so that the thread that writes the history can go on in between.

use std::sync::Once;

use rusqlite::{Connection, params};

use super::block::Block;
use super::joined::JoinedBlock;
use super::rollup::{HOUR, hours, join_hours};
use super::wanted::{BlockPlace, DAY, DAYS, PARTS, ROLLUPS, ValuesReading, WHOLE};

pub use super::wanted::{ValuesFound, ValuesWanted};

/// Values of an hour may be written this long after its end, in milliseconds.
pub(super) const LATE: i64 = 600_000;

/// The number of targets whose blocks are joined in one step.
const TARGETS: i64 = 10;

/// Logs of what is left out.
static DAMAGED: Once = Once::new();
static LEFT_OUT: Once = Once::new();

/// The block of a target that is to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct PackedBlock {
    /// The target.
    pub target: String,
    /// The first and the last time, in milliseconds since 1970.
    pub span: (i64, i64),
    /// The compressed block.
    pub data: Vec<u8>,
}

/// Writes blocks, all or nothing.
pub(super) fn write(connection: &mut Connection, blocks: &[PackedBlock]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for block in blocks {
        insert(&transaction, PARTS, block)?;
    }
    transaction.commit()
}

fn insert(connection: &Connection, kind: i64, block: &PackedBlock) -> rusqlite::Result<()> {
    let PackedBlock { target, span: (start, end), data } = block;
    let mut insert = connection.prepare(
        "INSERT INTO sample (kind, target, start, until, data) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    insert.execute(params![kind, target, start, end, data])?;
    Ok(())
}

/// Joins blocks of hours and days that are over. Returns whether more remain.
pub(super) fn join(connection: &mut Connection, now: i64) -> rusqlite::Result<bool> {
    let hours = join_kind(connection, [PARTS, WHOLE], HOUR, now)?;
    Ok(join_kind(connection, [ROLLUPS, DAYS], DAY, now)? || hours)
}

/// Joins the blocks of one kind to one for each target and period, for the targets with the oldest ones.
fn join_kind(
    connection: &mut Connection,
    [from, to]: [i64; 2],
    period: i64,
    now: i64,
) -> rusqlite::Result<bool> {
    let before = (now - LATE).div_euclid(period) * period;
    let transaction = connection.transaction()?;
    let found: Vec<(String, i64)> = {
        // The oldest ones, by the index; a target that has several comes once.
        let mut oldest = transaction.prepare(
            "SELECT DISTINCT target, start / ?3 FROM
                 (SELECT target, start FROM sample WHERE kind = ?1 AND start < ?2 ORDER BY start LIMIT ?4)
             LIMIT ?5",
        )?;
        let rows = params![from, before, period, TARGETS * 20, TARGETS];
        oldest
            .query_map(rows, |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?
    };
    for (target, number) in &found {
        let span = (number * period, (number + 1) * period);
        join_target(&transaction, [from, to], target, span)?;
    }
    transaction.commit()?;
    Ok(!found.is_empty())
}

fn join_target(
    connection: &Connection,
    [from, to]: [i64; 2],
    target: &str,
    (start, end): (i64, i64),
) -> rusqlite::Result<()> {
    let mut joining = Joining::default();
    {
        let mut parts = connection.prepare(
            "SELECT data FROM sample WHERE kind = ?1 AND target = ?2 AND start >= ?3 AND start < ?4",
        )?;
        let mut rows = parts.query(params![from, target, start, end])?;
        while let Some(row) = rows.next()? {
            joining.take_in(target, row.get_ref(0)?.as_blob()?);
        }
    }
    connection
        .prepare(
            "DELETE FROM sample WHERE kind = ?1 AND target = ?2 AND start >= ?3 AND start < ?4",
        )?
        .execute(params![from, target, start, end])?;
    for (kind, block) in joining.finish(target, to) {
        insert(connection, kind, &block)?;
    }
    Ok(())
}

/// Joins blocks of a target.
#[derive(Debug, Default)]
pub(super) struct Joining(JoinedBlock);

impl Joining {
    /// Takes a block in.
    pub(super) fn take_in(&mut self, target: &str, packed: &[u8]) {
        match Block::unpack(packed) {
            Some(block) => self.0.extend(block),
            None => DAMAGED.call_once(|| {
                tracing::error!(
                    target,
                    "the history leaves out values: a block is damaged; this is logged once"
                );
            }),
        }
    }

    /// The blocks to write and their kinds: the joined one, and the rollups of values.
    pub(super) fn finish(self, target: &str, kind: i64) -> Vec<(i64, PackedBlock)> {
        let (mut whole, left_out) = self.0.finish();
        if left_out > 0 {
            log_left_out(target);
        }
        let mut blocks = Vec::new();
        if kind == WHOLE {
            blocks.push((ROLLUPS, hours(&whole)));
        } else {
            join_hours(&mut whole);
        }
        blocks.push((kind, whole));
        let packed = blocks.into_iter().filter_map(|(kind, block)| {
            let span = block.span()?;
            let Some(data) = block.pack() else {
                log_left_out(target);
                return None;
            };
            Some((kind, PackedBlock { target: target.to_owned(), span, data }))
        });
        packed.collect()
    }
}

/// Logs once that values found no room in a joined block.
fn log_left_out(target: &str) {
    LEFT_OUT.call_once(|| {
        tracing::warn!(
            target,
            "the history leaves out values: more objects or values were measured in an hour or a day than it keeps; this is logged once"
        );
    });
}

/// Removes blocks that are too old, at most `most` of each kind. Returns whether more may remain.
///
/// Blocks of some minutes are not removed by their age: they are joined soon, and their hour would have no rollup without them.
pub(super) fn remove_old(
    connection: &Connection,
    values_before: i64,
    hours_before: i64,
    most: i64,
) -> rusqlite::Result<bool> {
    let mut removed = 0;
    for (kind, before) in [(WHOLE, values_before), (ROLLUPS, hours_before), (DAYS, hours_before)] {
        removed += connection
            .prepare(
                "DELETE FROM sample WHERE rowid IN
                     (SELECT rowid FROM sample WHERE kind = ?1 AND start < ?2 AND until < ?2 LIMIT ?3)",
            )?
            .execute(params![kind, before, most])?;
    }
    Ok(i64::try_from(removed).unwrap_or(0) >= most)
}

/// Removes the oldest blocks: values first, then rollups. Returns whether there was one.
pub(super) fn remove_oldest(connection: &Connection, most: i64) -> rusqlite::Result<bool> {
    // Blocks that were joined are older than those that were not.
    for kind in [WHOLE, PARTS, DAYS, ROLLUPS] {
        let removed = connection
            .prepare(
                "DELETE FROM sample WHERE rowid IN
                     (SELECT rowid FROM sample WHERE kind = ?1 ORDER BY start LIMIT ?2)",
            )?
            .execute(params![kind, most])?;
        if removed > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads values, the oldest first.
pub(super) fn read(
    connection: &Connection,
    wanted: &ValuesWanted,
) -> rusqlite::Result<ValuesFound> {
    let (kinds, longest) = wanted.kinds();
    // SQLite sorts what it selects: it is the places of the blocks, not the blocks.
    let mut places = connection.prepare(
        "SELECT start, rowid FROM sample
         WHERE kind IN (?1, ?2) AND target = ?3 AND start < ?5 AND start >= ?4 - ?6 AND until >= ?4
         ORDER BY start",
    )?;
    let mut of_place = connection.prepare("SELECT data FROM sample WHERE rowid = ?1")?;
    let rows = params![kinds[0], kinds[1], wanted.target, wanted.from, wanted.until, longest];
    // As long as not all rows are read, the blocks remain as they are.
    let mut rows = places.query(rows)?;
    let mut reading = ValuesReading::new(wanted);
    while let Some(row) = rows.next()? {
        match reading.place(row.get(0)?) {
            BlockPlace::After => break,
            BlockPlace::LeftOut => continue,
            BlockPlace::Within => {}
        }
        let place: i64 = row.get(1)?;
        of_place.query_row([place], |row| {
            reading.take_in(row.get_ref(0)?.as_blob()?);
            Ok(())
        })?;
    }
    Ok(reading.finish())
}

#[cfg(test)]
mod tests;
