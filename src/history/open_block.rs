//! The values of one target that are not a block yet.
//!
//! With many targets they are most of what the history keeps in memory. They are therefore written one after the other in few
//! bytes, and targets share the names of their series.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::block::{Block, SeriesName};
use super::numbers::{NumberReader, scaled, unscaled, write_length, write_number, write_signed};

/// Most values are whole numbers after it.
const SCALE: f64 = 1000.0;

/// The values, in the order in which they came.
///
/// A sweep begins with a zero and the time since the one before. A value begins with the number of its series from 1 on, twice,
/// and one more if its eight bytes follow: otherwise the difference from the value before.
#[derive(Debug, Default)]
pub(super) struct OpenBlock {
    series: BTreeMap<Arc<SeriesName>, usize>,
    /// The time and the whole number of the last value of each series.
    last: Vec<(i64, i64)>,
    bytes: Vec<u8>,
    at: i64,
    values: usize,
}

impl OpenBlock {
    /// The number of values.
    pub(super) fn len(&self) -> usize {
        self.values
    }

    /// Begins a sweep.
    pub(super) fn begin(&mut self, at: i64) {
        write_number(&mut self.bytes, 0);
        write_signed(&mut self.bytes, at.wrapping_sub(self.at));
        self.at = at;
    }

    /// The position of a series, if it has a value.
    pub(super) fn position(&self, name: &SeriesName) -> Option<usize> {
        self.series.get(name).copied()
    }

    /// Adds a series.
    pub(super) fn add(&mut self, name: Arc<SeriesName>) -> usize {
        let position = self.last.len();
        self.series.insert(name, position);
        self.last.push((i64::MIN, 0));
        position
    }

    /// Adds a value of the sweep. Of several rows about the same object in one sweep, the first counts.
    pub(super) fn push(&mut self, position: usize, value: f64) {
        let Some((time, before)) = self.last.get_mut(position).filter(|last| last.0 != self.at)
        else {
            return;
        };
        *time = self.at;
        self.values += 1;
        let code = (position + 1) * 2;
        if let Some(whole) = scaled(value, SCALE) {
            write_length(&mut self.bytes, code);
            write_signed(&mut self.bytes, whole.wrapping_sub(*before));
            *before = whole;
        } else {
            write_length(&mut self.bytes, code + 1);
            self.bytes.extend(value.to_bits().to_le_bytes());
        }
    }

    /// The block with these values.
    pub(super) fn into_block(self) -> Block {
        let mut all = vec![Vec::new(); self.last.len()];
        let mut wholes = vec![0_i64; self.last.len()];
        let mut reader = NumberReader { bytes: &self.bytes };
        let mut at = 0_i64;
        while let Some(code) = reader.number().and_then(|code| usize::try_from(code).ok()) {
            if code == 0 {
                at = at.wrapping_add(reader.signed().unwrap_or_default());
                continue;
            }
            let position = code / 2 - 1;
            let value = if code % 2 == 1 {
                let Some((bits, rest)) = reader.bytes.split_first_chunk() else { break };
                reader.bytes = rest;
                f64::from_bits(u64::from_le_bytes(*bits))
            } else {
                wholes[position] =
                    wholes[position].wrapping_add(reader.signed().unwrap_or_default());
                unscaled(wholes[position], SCALE)
            };
            all[position].push((at, value));
        }
        let names = self.series.into_iter();
        let series = names.map(|(name, position)| {
            (Arc::unwrap_or_clone(name), std::mem::take(&mut all[position]))
        });
        Block { series: series.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_remain_what_they_are() {
        let values = [
            0.0,
            -0.0,
            1.0,
            -7.25,
            0.001,
            0.1 + 0.2,
            1e300,
            f64::INFINITY,
            9e15,
            9_007_199_254_740_993.0,
            f64::MIN_POSITIVE,
            1_800_000_000.125,
        ];
        let mut open = OpenBlock::default();
        let mut expected = Block::default();
        for (sweep, at) in [5, 6, 3, i64::MAX, -1].into_iter().enumerate() {
            open.begin(at);
            for number in 0..200 {
                if (number + sweep) % 3 == 0 {
                    continue;
                }
                let name = SeriesName {
                    check: "tables".to_owned(),
                    database: None,
                    metric: format!("m{number}"),
                    object: None,
                };
                let value = values[(number * 7 + sweep) % values.len()];
                let known = open.position(&name);
                let position = known.unwrap_or_else(|| open.add(Arc::new(name.clone())));
                open.push(position, value);
                open.push(position, 4.0);
                expected.series.entry(name).or_default().push((at, value));
            }
        }
        assert_eq!(open.len(), expected.len());
        let block = open.into_block();
        assert_eq!(block, expected);
        let bits = |block: &Block| {
            let values = block.series.values().flatten();
            values.map(|(_, value)| value.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(bits(&block), bits(&expected));
    }
}
