//! Collects values until there are enough for a block, or some minutes have passed.
//!
//! Names come from databases, whose users choose them. The number of series of a target and the length of their names
//! therefore have limits.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::block::SeriesName;
use super::open_block::OpenBlock;
use super::rollup::hour_of;
use super::values::PackedBlock;
use crate::finding::report::CheckReport;

/// A block is complete after this time.
const LONGEST: Duration = Duration::from_secs(300);

/// A block is complete as soon as it has this number of values.
const MOST_VALUES: usize = 1000;

/// The number of series of a target that have an object or a database, in one block.
const MOST_SERIES: usize = 1000;

/// The number of names that are stored once for all targets.
const MOST_SHARED: usize = 10_000;

/// The bytes of a name. Longer ones are left out.
const LONGEST_NAME: usize = 256;

/// The number of blocks that wait, and their bytes. The oldest are dropped, and counted.
const MOST_WAITING: [usize; 2] = [10_000, 32 << 20];

/// The values that a sweep measured on a target.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredValues {
    target: String,
    at: Timestamp,
    values: Vec<(SeriesName, f64)>,
}

impl MeasuredValues {
    /// The metrics of the checks of a sweep.
    pub fn new<'c>(
        target: &str,
        at: Timestamp,
        checks: impl IntoIterator<Item = &'c CheckReport>,
    ) -> MeasuredValues {
        let mut values = Vec::new();
        // A name that the server has chosen never takes the place of a number of the server itself.
        let mut others = Vec::new();
        for check in checks {
            for metric in check.metrics.iter().filter(|metric| metric.value.is_finite()) {
                let name = SeriesName {
                    check: check.check.clone(),
                    database: check.database.clone(),
                    metric: metric.name.clone(),
                    object: metric.object.clone(),
                };
                let list = if name.is_chosen() { &mut others } else { &mut values };
                list.push((name, metric.value));
            }
        }
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let is_short =
            |name: &SeriesName| length(&name.object).max(length(&name.database)) <= LONGEST_NAME;
        values.extend(others.into_iter().filter(|(name, _)| is_short(name)).take(MOST_SERIES));
        MeasuredValues { target: target.to_owned(), at, values }
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it has no values.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// The blocks of all targets that are not complete, and those that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Collector {
    open: BTreeMap<String, OpenTarget>,
    /// The names of series that targets have in common.
    names: BTreeSet<Arc<SeriesName>>,
    waiting: VecDeque<PackedBlock>,
    bytes: usize,
    dropped: u64,
}

#[derive(Debug)]
struct OpenTarget {
    block: OpenBlock,
    began: Instant,
    span: (i64, i64),
    /// The series with a name that the server has chosen.
    chosen: usize,
}

impl Collector {
    /// Takes values in. Blocks that are complete wait to be written.
    pub(super) fn take_in(&mut self, measured: MeasuredValues) {
        let MeasuredValues { target, at, values } = measured;
        if values.is_empty() {
            return;
        }
        let at = at.as_millisecond();
        let is_over = |open: &OpenTarget| {
            let long = open.span.0.saturating_add_unsigned(millis(LONGEST)) <= at;
            // A clock that was set back begins a new block.
            long || hour_of(open.span.0) != hour_of(at)
                || at < open.span.1
                || open.block.len() >= MOST_VALUES
        };
        if self.open.get(&target).is_some_and(is_over) {
            self.close(&target);
        }
        let first = || OpenTarget {
            block: OpenBlock::default(),
            began: Instant::now(),
            span: (at, at),
            chosen: 0,
        };
        let open = self.open.entry(target).or_insert_with(first);
        open.span.1 = at;
        open.block.begin(at);
        for (name, value) in values {
            let position = match open.block.position(&name) {
                Some(position) => position,
                None if name.is_chosen() => {
                    if open.chosen >= MOST_SERIES {
                        continue;
                    }
                    open.chosen += 1;
                    open.block.add(Arc::new(name))
                }
                None => open.block.add(shared(&mut self.names, name)),
            };
            open.block.push(position, value);
        }
    }

    /// Completes the blocks that are old, or all of them.
    pub(super) fn complete(&mut self, all: bool) {
        let is_old = |open: &OpenTarget| all || open.began.elapsed() >= LONGEST * 2;
        let old = self.open.iter().filter(|(_, open)| is_old(open));
        let old: Vec<String> = old.map(|(target, _)| target.clone()).collect();
        for target in &old {
            self.close(target);
        }
    }

    fn close(&mut self, target: &str) {
        let Some(open) = self.open.remove(target) else { return };
        let Some(data) = open.block.into_block().pack() else {
            self.dropped += 1;
            return;
        };
        self.bytes += data.len();
        self.waiting.push_back(PackedBlock { target: target.to_owned(), span: open.span, data });
        while self.waiting.len() > MOST_WAITING[0] || self.bytes > MOST_WAITING[1] {
            let Some(block) = self.waiting.pop_front() else { break };
            self.bytes -= block.data.len();
            self.dropped += 1;
        }
    }

    /// The blocks to be written.
    pub(super) fn waiting(&mut self) -> &[PackedBlock] {
        self.waiting.make_contiguous()
    }

    /// Forgets the first blocks, which were written.
    pub(super) fn written(&mut self, count: usize) {
        for block in self.waiting.drain(..count) {
            self.bytes -= block.data.len();
        }
    }

    /// Takes the first blocks out, as many as have some bytes together.
    pub(super) fn take(&mut self, bytes: usize) -> Vec<PackedBlock> {
        let mut sum = 0;
        let fits = |block: &&PackedBlock| {
            sum += block.data.len();
            sum <= bytes
        };
        let count = self.waiting.iter().take_while(fits).count().max(1).min(self.waiting.len());
        let blocks: Vec<PackedBlock> = self.waiting.drain(..count).collect();
        self.bytes -= blocks.iter().map(|block| block.data.len()).sum::<usize>();
        blocks
    }

    /// Counts blocks that were taken out, and may not be written.
    pub(super) fn drop_sent(&mut self, count: usize) {
        self.dropped += u64::try_from(count).unwrap_or(u64::MAX);
    }

    /// The number of blocks that were dropped since the last call.
    pub(super) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }
}

/// A name that is stored once.
fn shared(names: &mut BTreeSet<Arc<SeriesName>>, name: SeriesName) -> Arc<SeriesName> {
    if let Some(known) = names.get(&name) {
        return Arc::clone(known);
    }
    let name = Arc::new(name);
    if names.len() < MOST_SHARED {
        names.insert(Arc::clone(&name));
    }
    name
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::metric::Metric;
    use crate::history::block::Block;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("it is a time")
    }

    /// A sweep in which a check found a number of objects, with names that begin with a text.
    fn sweep(seconds: i64, start: &str, objects: usize) -> MeasuredValues {
        let object = |number: usize| Metric {
            object: Some(format!("{start}{number}")),
            ..Metric::count("size", 1.0)
        };
        let mut metrics: Vec<Metric> = (0..objects).map(object).collect();
        metrics.push(Metric::count("total", 5.0));
        let check = CheckReport { metrics, ..CheckReport::new("tables", None) };
        MeasuredValues::new("db1", at(seconds), &[check])
    }

    fn blocks(collector: &mut Collector) -> Vec<Block> {
        let blocks = collector.waiting().iter();
        let blocks: Vec<Block> =
            blocks.map(|block| Block::unpack(&block.data).expect("it was packed")).collect();
        collector.written(blocks.len());
        blocks
    }

    #[test]
    fn a_block_ends_after_some_minutes_and_with_its_hour() {
        let mut collector = Collector::default();
        for seconds in [0, 60, 299, 300, 360, 3600, 3500] {
            collector.take_in(sweep(seconds, "a", 1));
        }
        let times = blocks(&mut collector).into_iter().map(|block| {
            let values = block.series.into_values().next().expect("a series");
            values.iter().map(|(time, _)| time / 1000 - 1_800_000_000).collect::<Vec<_>>()
        });
        assert_eq!(times.collect::<Vec<_>>(), [vec![0, 60, 299], vec![300, 360], vec![3600]]);
        collector.complete(false);
        assert!(collector.waiting().is_empty(), "it is not old");
        collector.complete(true);
        assert_eq!(blocks(&mut collector).len(), 1);
    }

    /// A user who chooses the names of objects neither makes a block large nor hides the numbers of the server.
    #[test]
    fn names_have_limits() {
        let mut collector = Collector::default();
        for seconds in 0..20 {
            collector.take_in(sweep(seconds, &format!("{seconds}-"), 5000));
        }
        collector.take_in(sweep(21, &"x".repeat(300), 9));
        collector.complete(true);
        for block in blocks(&mut collector) {
            assert!(block.series.len() <= MOST_SERIES + 1, "{}", block.series.len());
            assert!(block.series.keys().any(|name| name.metric == "total"));
            assert!(block.series.keys().all(|name| !format!("{name:?}").contains("xxx")));
        }
        for seconds in 0..i64::try_from(MOST_WAITING[0]).unwrap() + 5 {
            collector.take_in(sweep(seconds * 300, "a", 0));
        }
        collector.complete(true);
        assert_eq!((collector.waiting().len(), collector.take_dropped()), (MOST_WAITING[0], 5));
        assert_eq!(collector.take_dropped(), 0);
    }
}
