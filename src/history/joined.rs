//! Joins blocks, and limits the size of the joined block: posemo could not read one that is too large.

use super::block::Block;

/// The bytes of a block that is joined of others: of series of the server itself, and of those with an object or a database.
const MOST_JOINED: [usize; 2] = [7 << 20, 8 << 20];

/// The number of series with an object or a database in a block that is joined of others.
const MOST_SERIES: usize = 2000;

/// The bytes of a value with its time, and of a series without its texts. Most need fewer.
const BYTES_OF_VALUE: usize = 12;
const BYTES_OF_SERIES: usize = 48;

/// Joins blocks to one that is small enough to be written and read.
///
/// A series with an object or a database, whose names users of the server choose, has its own room: whatever their number is, the
/// series of the server itself have a place.
#[derive(Debug, Default)]
pub struct JoinedBlock {
    /// The values, in the order in which they were added.
    block: Block,
    /// The bytes in use, as those of [`MOST_JOINED`].
    bytes: [usize; 2],
    chosen: usize,
    left_out: u64,
}

impl JoinedBlock {
    /// Adds the values of a block as far as there is room.
    pub fn extend(&mut self, other: Block) {
        for (name, values) in other.series {
            let is_chosen = name.is_chosen();
            let room = usize::from(is_chosen);
            let known = self.block.series.get_mut(&name);
            let of_name = if known.is_some() { 0 } else { name.bytes() + BYTES_OF_SERIES };
            let all = self.bytes[room] + of_name + values.len() * BYTES_OF_VALUE;
            let is_one_more = known.is_none() && is_chosen && self.chosen >= MOST_SERIES;
            if all > MOST_JOINED[room] || is_one_more {
                self.left_out += 1;
                continue;
            }
            self.bytes[room] = all;
            if let Some(known) = known {
                known.extend(values);
            } else {
                self.chosen += room;
                self.block.series.insert(name, values);
            }
        }
    }

    /// The block, with the values of each series in the order of time, and the number of series, once for each block, that
    /// found no room.
    pub fn finish(mut self) -> (Block, u64) {
        for values in self.block.series.values_mut() {
            values.sort_by_key(|(time, _)| *time);
        }
        (self.block, self.left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::block::{SeriesName, TimedValue};

    fn name(metric: &str, object: Option<String>) -> SeriesName {
        SeriesName { check: "tables".to_owned(), database: None, metric: metric.to_owned(), object }
    }

    /// The blocks of an hour, with the same objects in each or with others.
    fn joined(objects: usize, length: usize, changing: bool, values: i64) -> (Block, u64) {
        let mut joined = JoinedBlock::default();
        for part in 0..60 {
            let time = |second| i64::try_from(part).unwrap() * 60_000 + second * 1000;
            let times: Vec<TimedValue> = (0..values).map(|second| (time(second), 0.1)).collect();
            let first = if changing { part * objects } else { 0 };
            let object = |number: usize| format!("{:0>length$}", first + number);
            let series =
                (0..objects).map(|number| (name("size", Some(object(number))), times.clone()));
            let own = (name("total", None), times.clone());
            joined.extend(Block { series: series.chain([own]).collect() });
        }
        joined.finish()
    }

    /// Names that change constantly, long ones, and values each second: the joined block can be read, and contains the numbers of
    /// the server.
    #[test]
    fn a_joined_block_has_a_limit() {
        for (objects, length, changing, values) in
            [(1000, 8, true, 1), (1000, 500, true, 1), (900, 8, false, 60)]
        {
            let (block, left_out) = joined(objects, length, changing, values);
            assert!(left_out > 0);
            assert!(
                (objects..=MOST_SERIES + 1).contains(&block.series.len()),
                "{}",
                block.series.len()
            );
            assert_eq!(
                block.series[&name("total", None)].len(),
                usize::try_from(60 * values).unwrap()
            );
            let packed = block.pack().expect("it is small enough");
            assert_eq!(Block::unpack(&packed), Some(block));
        }
        let (block, left_out) = joined(1000, 256, false, 6);
        assert_eq!((block.len(), left_out), (1001 * 360, 0), "what is usual has a place");
    }
}
