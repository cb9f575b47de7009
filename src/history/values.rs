//! The values of metrics in the file: blocks of some minutes, which become blocks of an hour with their rollups, and days of
//! rollups.
//!
//! Each step does a bounded part of the work, so that the thread that writes the history can go on in between.

use std::sync::Once;

use rusqlite::{Connection, params};

use super::block::{Block, SeriesName, TimedValue};
use super::joined::JoinedBlock;
use super::rollup::{HOUR, hours, join_hours};

/// Blocks of some minutes.
pub(super) const PARTS: i64 = 0;

/// Blocks of an hour.
pub(super) const WHOLE: i64 = 1;

/// Rollups of an hour.
pub(super) const ROLLUPS: i64 = 2;

/// Rollups of a day.
pub(super) const DAYS: i64 = 3;

/// A day in milliseconds.
pub(super) const DAY: i64 = 24 * HOUR;

/// Values of an hour may be written this long after its end, in milliseconds.
pub(super) const LATE: i64 = 600_000;

/// The number of targets whose blocks are joined in one step.
const TARGETS: i64 = 10;

/// About the number of blocks that one answer is read from.
const MOST_BLOCKS: i64 = 1000;

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

/// The values that a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuesWanted {
    /// The target.
    pub target: String,
    /// The check.
    pub check: String,
    /// The metric; absent for all.
    pub metric: Option<String>,
    /// The object; absent for all.
    pub object: Option<String>,
    /// The first time, in milliseconds since 1970.
    pub from: i64,
    /// The time after the last one.
    pub until: i64,
    /// Rollups of hours instead of values.
    pub hours: bool,
    /// About the number of values in one answer.
    pub most: usize,
}

/// A part of the values that a request is for.
#[derive(Debug, Clone, PartialEq)]
pub struct ValuesFound {
    /// The values by series; of rollups three for each hour, with the same time: minimum, average, maximum.
    pub block: Block,
    /// The time from which more can be read.
    pub next: Option<i64>,
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
        if reading.is_full(row.get(0)?) {
            break;
        }
        let place: i64 = row.get(1)?;
        of_place.query_row([place], |row| {
            reading.take_in(row.get_ref(0)?.as_blob()?);
            Ok(())
        })?;
    }
    Ok(reading.finish())
}

/// Reads blocks until there are enough values for an answer.
///
/// The answer contains all values before its `next`, and none from then on. `next` is later than the first time that was wanted.
#[derive(Debug)]
pub(super) struct ValuesReading<'w> {
    wanted: &'w ValuesWanted,
    found: ValuesFound,
    blocks: i64,
    values: usize,
    latest: i64,
}

impl<'w> ValuesReading<'w> {
    pub(super) fn new(wanted: &'w ValuesWanted) -> ValuesReading<'w> {
        let found = ValuesFound { block: Block::default(), next: None };
        ValuesReading { wanted, found, blocks: 0, values: 0, latest: wanted.from }
    }

    /// Whether there is enough before a block that begins at this time. Blocks come in the order of their beginning.
    pub(super) fn is_full(&mut self, start: i64) -> bool {
        // Blocks that begin at the same time are read together.
        let enough = self.values >= self.wanted.most || self.blocks >= MOST_BLOCKS;
        if enough && start > self.latest {
            self.found.next = Some(start);
            return true;
        }
        self.latest = start.max(self.latest);
        false
    }

    /// Takes a block in. One that is damaged is left out.
    pub(super) fn take_in(&mut self, packed: &[u8]) {
        self.blocks += 1;
        let block = self.wanted.filtered(Block::unpack(packed).unwrap_or_default());
        self.values += block.len();
        self.found.block.extend(block);
    }

    /// The answer.
    pub(super) fn finish(self) -> ValuesFound {
        let ValuesReading { wanted, mut found, .. } = self;
        if let Some(next) = found.next {
            // What a long block has from then on comes again with the next part.
            found.block = ValuesWanted { until: next, ..wanted.clone() }.filtered(found.block);
        }
        if wanted.hours {
            join_hours(&mut found.block);
        }
        found
    }
}

impl ValuesWanted {
    /// The kinds of the blocks, and how long one may last.
    pub(super) fn kinds(&self) -> ([i64; 2], i64) {
        if self.hours { ([ROLLUPS, DAYS], DAY) } else { ([PARTS, WHOLE], HOUR) }
    }

    fn filtered(&self, block: Block) -> Block {
        let is_wanted = |name: &SeriesName| {
            name.check == self.check
                && self.metric.as_ref().is_none_or(|metric| name.metric == *metric)
                && self.object.as_ref().is_none_or(|object| name.object.as_ref() == Some(object))
        };
        let within = |(time, _): &TimedValue| (self.from..self.until).contains(time);
        let series = block.series.into_iter().filter(|(name, _)| is_wanted(name));
        let series = series.map(|(name, mut values)| {
            values.retain(within);
            (name, values)
        });
        Block { series: series.filter(|(_, values)| !values.is_empty()).collect() }
    }
}

#[cfg(test)]
mod tests;
