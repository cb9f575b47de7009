//! Which values a request is for, and how an answer is made of blocks, whose number and size have limits.

use std::sync::Once;

use super::block::{Block, SeriesName, TimedValue};
use super::rollup::{HOUR, join_hours};

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

/// About the number of blocks that one answer is read from.
const MOST_BLOCKS: i64 = 1000;

/// The blocks that begin at the same time and are read together; usually there are at most two.
pub(super) const MOST_TOGETHER: i64 = 200;

/// The values of one answer beyond those that were wanted, of blocks that begin at the same time.
const MOST_MORE: usize = 2_000_000;

/// The bytes of a compressed block. posemo writes none that is larger.
pub(super) const LARGEST: i64 = 17 << 20;

/// Logs of what is left out.
static CROWDED: Once = Once::new();

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
    /// The blocks that begin at `latest`.
    together: i64,
}

/// Whether a block belongs to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockPlace {
    /// It is read.
    Within,
    /// It is left out: too many begin at the same time.
    LeftOut,
    /// The answer ends before it.
    After,
}

impl<'w> ValuesReading<'w> {
    pub(super) fn new(wanted: &'w ValuesWanted) -> ValuesReading<'w> {
        let found = ValuesFound { block: Block::default(), next: None };
        ValuesReading { wanted, found, blocks: 0, values: 0, latest: wanted.from, together: 0 }
    }

    /// Whether a block that begins at this time is read. Blocks come in the order of their beginning.
    pub(super) fn place(&mut self, start: i64) -> BlockPlace {
        // Blocks that begin at the same time are read together, as far as there is room.
        let enough = self.values >= self.wanted.most || self.blocks >= MOST_BLOCKS;
        if start > self.latest {
            if enough {
                self.found.next = Some(start);
                return BlockPlace::After;
            }
            self.latest = start;
            self.together = 0;
        }
        self.together += 1;
        let is_crowded = self.values >= self.wanted.most.saturating_add(MOST_MORE);
        if self.together <= MOST_TOGETHER && !is_crowded {
            return BlockPlace::Within;
        }
        self.leave_out();
        BlockPlace::LeftOut
    }

    /// Logs that a block is left out.
    pub(super) fn leave_out(&self) {
        CROWDED.call_once(|| {
            tracing::error!(
                target = self.wanted.target,
                "the history leaves out values: a block is too large, or more than {MOST_TOGETHER} blocks begin at the same time, which posemo did not write; this is logged once"
            );
        });
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
