//! Rollups: the minimum, the average and the maximum of each series in each hour.

use std::collections::BTreeMap;

use super::block::{Block, SeriesName, TimedValue};

/// An hour in milliseconds.
pub(super) const HOUR: i64 = 3_600_000;

/// The values of a series in an hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HourValue {
    /// The beginning of the hour, in milliseconds since 1970.
    pub hour: i64,
    /// The smallest value.
    pub min: f64,
    /// The average.
    pub avg: f64,
    /// The largest value.
    pub max: f64,
}

/// The beginning of the hour of a time.
pub(super) fn hour_of(time: i64) -> i64 {
    time.div_euclid(HOUR) * HOUR
}

/// The hours of the values of a block. Each hour of a series is three values with the same time.
pub(super) fn hours(values: &Block) -> Block {
    let of_series = |(name, values): (&SeriesName, &Vec<TimedValue>)| {
        let mut by_hour: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for (time, value) in values {
            by_hour.entry(hour_of(*time)).or_default().push(*value);
        }
        let hours = by_hour.into_iter().flat_map(|(hour, values)| {
            let count = f64::from(u32::try_from(values.len()).unwrap_or(u32::MAX));
            let min = values.iter().copied().fold(f64::INFINITY, f64::min);
            let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            // The mean of large values does not overflow, and is between the two.
            let avg = values.iter().map(|value| value / count).sum::<f64>().clamp(min, max);
            [min, avg, max].map(|value| (hour, rounded(value)))
        });
        (name.clone(), hours.collect())
    };
    Block { series: values.series.iter().map(of_series).collect() }
}

/// Joins rollups of the same hour, as of values that were written late. The average is that of their averages.
pub(super) fn join_hours(rollups: &mut Block) {
    for values in rollups.series.values_mut() {
        let mut joined: Vec<TimedValue> = Vec::with_capacity(values.len());
        for same in values.chunk_by(|one, other| one.0 == other.0) {
            let parts: Vec<HourValue> = read_hours(same).collect();
            let Some(first) = parts.first() else { continue };
            let count = f64::from(u32::try_from(parts.len()).unwrap_or(u32::MAX));
            let min = parts.iter().fold(first.min, |min, part| min.min(part.min));
            let max = parts.iter().fold(first.max, |max, part| max.max(part.max));
            let avg = parts.iter().map(|part| part.avg / count).sum::<f64>().clamp(min, max);
            joined.extend([min, avg, max].map(|value| (first.hour, value)));
        }
        *values = joined;
    }
}

/// The hours of a series of `hours`.
pub fn read_hours(values: &[TimedValue]) -> impl Iterator<Item = HourValue> {
    values.chunks_exact(3).map(|three| HourValue {
        hour: three[0].0,
        min: three[0].1,
        avg: three[1].1,
        max: three[2].1,
    })
}

/// A value with seven significant digits, which compresses better. Values beyond the range of a float of 32 bits remain.
#[expect(clippy::cast_possible_truncation, reason = "that is its purpose")]
fn rounded(value: f64) -> f64 {
    let short = f64::from(value as f32);
    if short.is_finite() && (short != 0.0 || value == 0.0) { short } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hour_has_its_minimum_average_and_maximum() {
        let name = SeriesName {
            check: "size".to_owned(),
            database: None,
            metric: "bytes".to_owned(),
            object: None,
        };
        let values = vec![(HOUR, 4.0), (HOUR + 1, 1.0), (2 * HOUR - 1, 1.0), (2 * HOUR, 1e300)];
        let block = Block { series: BTreeMap::from([(name.clone(), values)]) };
        let hours: Vec<HourValue> = read_hours(&hours(&block).series[&name]).collect();
        let expected = [
            HourValue { hour: HOUR, min: 1.0, avg: 2.0, max: 4.0 },
            HourValue { hour: 2 * HOUR, min: 1e300, avg: 1e300, max: 1e300 },
        ];
        assert_eq!(hours, expected);
        assert_eq!([hour_of(-1), hour_of(0), hour_of(HOUR - 1)], [-HOUR, 0, 0]);
        for (value, expected) in [(1e-300, 1e-300), (-0.0, -0.0), (1e30, f64::from(1e30_f32))] {
            assert_eq!(rounded(value).to_bits(), f64::to_bits(expected));
        }
    }
}
