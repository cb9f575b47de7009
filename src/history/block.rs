//! A block: the values of one target for some time, compressed.
//!
//! Two values of a counter or a gauge in a row are often equal or near each other, and have few decimals. Each value is
//! therefore written as its difference from the one before. If all values of a series have at most three decimals, they are
//! written as whole numbers. The first bytes of all values come first, then the second ones, and so on.
//!
//! A block is read from a file that may be damaged: nothing in it is trusted.

use std::collections::BTreeMap;

use super::numbers::{
    NumberReader, folded, scaled, unfolded, unscaled, write_length, write_signed, write_text,
};
use crate::packing::{deflate_small, inflate};

/// The size of a block before it is compressed.
const MOST_BYTES: usize = 16 << 20;

/// The first byte of a block.
const FORM: u8 = 1;

/// The factors by which values are multiplied. Most values are whole numbers after one of them.
const SCALES: [f64; 3] = [1.0, 100.0, 1000.0];

/// A series: a metric of a check, in a database, about an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesName {
    /// The check.
    pub check: String,
    /// The database of the check.
    pub database: Option<String>,
    /// The metric.
    pub metric: String,
    /// The object.
    pub object: Option<String>,
}

impl SeriesName {
    /// Whether a part of the name comes from the server, whose users choose it.
    pub fn is_chosen(&self) -> bool {
        self.object.is_some() || self.database.is_some()
    }

    /// The bytes of its texts.
    pub(super) fn bytes(&self) -> usize {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.check.len() + self.metric.len() + length(&self.database) + length(&self.object)
    }
}

/// A value with its time in milliseconds since 1970.
pub type TimedValue = (i64, f64);

/// The values of one target by series, in the order of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    /// The values.
    pub series: BTreeMap<SeriesName, Vec<TimedValue>>,
}

impl Block {
    /// The number of values.
    pub fn len(&self) -> usize {
        self.series.values().map(Vec::len).sum()
    }

    /// Whether it has no value.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The first and the last time.
    pub fn span(&self) -> Option<(i64, i64)> {
        let times = || self.series.values().flatten().map(|(time, _)| *time);
        Some((times().min()?, times().max()?))
    }

    /// Adds the values of another block. The values of a series are in the order of time again.
    pub fn extend(&mut self, other: Block) {
        for (name, values) in other.series {
            let all = self.series.entry(name).or_default();
            all.extend(values);
            all.sort_by_key(|(time, _)| *time);
        }
    }

    /// The compressed form; `None` if the block is too large to be read again.
    pub fn pack(&self) -> Option<Vec<u8>> {
        let mut bytes = vec![FORM];
        // Series of one check have the same times, which are written once.
        let mut times: Vec<Vec<i64>> = Vec::new();
        let mut known = BTreeMap::new();
        let mut head = Vec::new();
        for (name, values) in &self.series {
            let own: Vec<i64> = values.iter().map(|(time, _)| *time).collect();
            let position = *known.entry(own.clone()).or_insert_with(|| {
                times.push(own);
                times.len() - 1
            });
            write_text(&mut head, Some(&name.check));
            write_text(&mut head, name.database.as_deref());
            write_text(&mut head, Some(&name.metric));
            write_text(&mut head, name.object.as_deref());
            write_length(&mut head, position);
            head.push(scale_of(values));
        }
        write_length(&mut bytes, times.len());
        for times in &times {
            write_length(&mut bytes, times.len());
            let mut before = 0;
            for time in times {
                write_signed(&mut bytes, time.wrapping_sub(before));
                before = *time;
            }
        }
        write_length(&mut bytes, self.series.len());
        bytes.extend(head);
        let mut all = Vec::with_capacity(self.len());
        for values in self.series.values() {
            let scale = SCALES.get(usize::from(scale_of(values)));
            let mut before = 0;
            for (_, value) in values {
                let whole = scale.and_then(|scale| scaled(*value, *scale));
                let bits = whole.map_or_else(|| value.to_bits(), i64::cast_unsigned);
                all.push(match scale {
                    Some(_) => folded(bits.wrapping_sub(before).cast_signed()),
                    None => bits ^ before,
                });
                before = bits;
            }
        }
        for plane in 0..8 {
            bytes.extend(all.iter().map(|bits| bits.to_be_bytes()[plane]));
        }
        (bytes.len() <= MOST_BYTES).then(|| deflate_small(&bytes))
    }

    /// Reads a compressed block; `None` if it is damaged.
    pub fn unpack(packed: &[u8]) -> Option<Block> {
        let bytes = inflate(packed, u64::try_from(MOST_BYTES).ok()?).ok()?;
        let mut reader = NumberReader { bytes: bytes.get(1..).filter(|_| bytes[0] == FORM)? };
        let mut times = Vec::new();
        for _ in 0..reader.length()? {
            let mut own = Vec::new();
            let mut before = 0_i64;
            for _ in 0..reader.length()? {
                before = before.wrapping_add(reader.signed()?);
                own.push(before);
            }
            times.push(own);
        }
        let mut names = Vec::new();
        let mut count = 0_usize;
        for _ in 0..reader.length()? {
            let name = SeriesName {
                check: reader.text().ok()??,
                database: reader.text().ok()?,
                metric: reader.text().ok()??,
                object: reader.text().ok()?,
            };
            let own = times.get(usize::try_from(reader.number()?).ok()?)?;
            count = count.checked_add(own.len())?;
            let (scale, rest) = reader.bytes.split_first()?;
            reader.bytes = rest;
            names.push((name, own, SCALES.get(usize::from(*scale))));
        }
        if count.checked_mul(8)? != reader.bytes.len() {
            return None;
        }
        let mut block = Block::default();
        let mut position = 0;
        for (name, times, scale) in names {
            let mut before = 0;
            let values = times.iter().map(|time| {
                let byte = |bits, plane: usize| {
                    (bits << 8) | u64::from(reader.bytes[plane * count + position])
                };
                let bits = (0..8).fold(0, byte);
                position += 1;
                let Some(scale) = scale else {
                    before ^= bits;
                    return (*time, f64::from_bits(before));
                };
                before = before.wrapping_add(unfolded(bits).cast_unsigned());
                (*time, unscaled(before.cast_signed(), *scale))
            });
            block.series.insert(name, values.collect());
        }
        Some(block)
    }
}

/// The position of the first scale in which all values are whole numbers; behind the last one without one.
fn scale_of(values: &[TimedValue]) -> u8 {
    let is_exact = |scale: &f64| values.iter().all(|(_, value)| scaled(*value, *scale).is_some());
    let position = SCALES.iter().position(is_exact).unwrap_or(SCALES.len());
    u8::try_from(position).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(metric: &str, object: Option<&str>) -> SeriesName {
        SeriesName {
            check: "slots".to_owned(),
            database: Some("app\u{1f600}".to_owned()),
            metric: metric.to_owned(),
            object: object.map(str::to_owned),
        }
    }

    fn block() -> Block {
        let times = [1_800_000_000_000, 1_800_000_060_017, 1_800_000_120_001];
        let values = |by: f64| times.iter().zip([1.0, 2.5, by]).map(|(time, value)| (*time, value));
        Block {
            series: BTreeMap::from([
                (name("lag", None), values(-0.0).collect()),
                (name("lag", Some("")), values(1e300).collect()),
                (name("size", Some("'\"")), values(f64::INFINITY).collect()),
                (name("age", None), vec![(-5, 7.0), (i64::MAX / 4, 8.0)]),
                (name("percent", None), vec![(1, 12.34), (2, 0.01), (3, -99.99), (3, 0.0)]),
                (name("ratio", None), vec![(1, 0.999), (2, 1.0), (3, 0.001)]),
                (name("bytes", None), vec![(1, 9e15), (2, -9e15), (3, 3.0)]),
                (name("any", None), vec![(1, 0.1 + 0.2), (2, f64::MIN_POSITIVE), (3, 9.1e15)]),
            ]),
        }
    }

    #[test]
    fn what_was_packed_is_read() {
        let read = |block: &Block| Block::unpack(&block.pack().expect("it is small"));
        assert_eq!(read(&block()), Some(block()));
        assert_eq!(read(&Block::default()), Some(Block::default()));
        assert_eq!(block().span(), Some((-5, i64::MAX / 4)));
    }

    /// A damaged block is refused or has other values; it neither ends the program nor takes much memory.
    #[test]
    fn damaged_blocks_are_refused() {
        let bytes = inflate(&block().pack().unwrap(), 1 << 20).unwrap();
        assert_eq!(Block::unpack(b"no block"), None);
        for end in 0..bytes.len() {
            assert_eq!(Block::unpack(&deflate_small(&bytes[..end])), None, "{end}");
        }
        // The values are the last part: if one is damaged, only values differ.
        let values = bytes.len() - 8 * block().len();
        let shape = |block: &Block| {
            let times = |values: &[TimedValue]| values.iter().map(|(time, _)| *time).collect();
            let series = block.series.iter().map(|(name, values)| (name.clone(), times(values)));
            series.collect::<BTreeMap<SeriesName, Vec<i64>>>()
        };
        let mut refused = 0;
        for position in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[position] ^= 1 << bit;
                match Block::unpack(&deflate_small(&damaged)) {
                    Some(read) if position >= values => assert_eq!(shape(&read), shape(&block())),
                    Some(read) => assert!(read.len() <= block().len(), "{position}: {read:?}"),
                    None if position >= values => panic!("{position}: any number is a value"),
                    None => refused += 1,
                }
            }
        }
        assert!(refused > values, "most other bytes have one possible value: {refused}");
        let huge = [FORM, 255, 255, 255, 255, 255, 255, 255, 255, 127];
        assert_eq!(Block::unpack(&deflate_small(&huge)), None);
    }

    #[test]
    fn a_block_that_could_not_be_read_is_not_written() {
        let values = vec![(0, 0.1); MOST_BYTES / 8 + 1];
        let block = Block { series: BTreeMap::from([(name("size", None), values)]) };
        assert_eq!(block.pack(), None);
    }
}
