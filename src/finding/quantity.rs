//! Numbers as people write them: `200MB`, `5min`, `80%`. The unit of the metric decides which units are accepted.

use super::metric::Unit;
use super::range::{Range, RangeError, plain_number};

/// A unit that people write: its name, and the multiplier and the divisor to the base unit.
type WrittenUnit = (&'static str, f64, f64);

const KIB: f64 = 1024.0;

/// As in postgresql.conf, units of bytes are powers of 1024. Upper and lower case are equal.
const BYTES: [WrittenUnit; 11] = [
    ("B", 1.0, 1.0),
    ("kB", KIB, 1.0),
    ("MB", KIB * KIB, 1.0),
    ("GB", KIB * KIB * KIB, 1.0),
    ("TB", KIB * KIB * KIB * KIB, 1.0),
    ("PB", KIB * KIB * KIB * KIB * KIB, 1.0),
    ("KiB", KIB, 1.0),
    ("MiB", KIB * KIB, 1.0),
    ("GiB", KIB * KIB * KIB, 1.0),
    ("TiB", KIB * KIB * KIB * KIB, 1.0),
    ("PiB", KIB * KIB * KIB * KIB * KIB, 1.0),
];

/// As in postgresql.conf, and `m` as in intervals.
const SECONDS: [WrittenUnit; 7] = [
    ("us", 1.0, 1e6),
    ("ms", 1.0, 1e3),
    ("s", 1.0, 1.0),
    ("min", 60.0, 1.0),
    ("m", 60.0, 1.0),
    ("h", 3600.0, 1.0),
    ("d", 86_400.0, 1.0),
];

const PERCENT: [WrittenUnit; 1] = [("%", 1.0, 1.0)];

const RATIO: [WrittenUnit; 1] = [("%", 1.0, 100.0)];

/// Parses a range whose numbers may have a unit that fits the metric.
pub fn range_in(unit: Unit, text: &str) -> Result<Range, RangeError> {
    Range::parse(text, |number| in_base_unit(unit, number))
}

/// A number in the base unit. The error is the reason and what to write.
fn in_base_unit(unit: Unit, text: &str) -> Result<f64, String> {
    if let Some(number) = plain_number(text) {
        return Ok(number);
    }
    let not_a_number = || format!("{text:?} is not a number");
    let is_letter = |letter: char| letter.is_alphabetic() || letter == '%';
    let digits = text.trim_end_matches(is_letter);
    let (number, written) = (digits.strip_suffix(' ').unwrap_or(digits), &text[digits.len()..]);
    let number = plain_number(number).filter(|_| !written.is_empty()).ok_or_else(not_a_number)?;
    let Some((_, multiplier, divisor)) =
        units(unit).iter().find(|(name, ..)| is_named(unit, name, written))
    else {
        let others = Unit::ALL
            .into_iter()
            .find(|other| units(*other).iter().any(|(name, ..)| is_named(*other, name, written)));
        let what = match others {
            Some(other) => format!("{written} is a unit of {}", other.name()),
            None => format!("{written:?} is not a unit"),
        };
        let metric = match unit {
            Unit::Count | Unit::None | Unit::Boolean => "the metric has no unit",
            Unit::Percent => "the metric is in percent",
            Unit::Bytes => "the metric is in bytes",
            Unit::Seconds => "the metric is in seconds",
            Unit::Ratio => "the metric is a ratio from 0 to 1",
        };
        return Err(format!("{what}, and {metric}; write {}", forms(unit)));
    };
    let number = number * multiplier / divisor;
    if number.is_finite() { Ok(number) } else { Err(not_a_number()) }
}

fn is_named(unit: Unit, name: &str, written: &str) -> bool {
    name == written || unit == Unit::Bytes && name.eq_ignore_ascii_case(written)
}

fn units(unit: Unit) -> &'static [WrittenUnit] {
    match unit {
        Unit::Bytes => &BYTES,
        Unit::Seconds => &SECONDS,
        Unit::Percent => &PERCENT,
        Unit::Ratio => &RATIO,
        Unit::Count | Unit::None | Unit::Boolean => &[],
    }
}

/// What to write for a number in a unit.
pub fn forms(unit: Unit) -> &'static str {
    match unit {
        Unit::Bytes => "a number of bytes, or a number with B, kB, MB, GB, TB or PB",
        Unit::Seconds => "a number of seconds, or a number with us, ms, s, min, h or d",
        Unit::Percent => "a number such as 80 or 80%",
        Unit::Ratio => "a number such as 0.8 or 80%",
        Unit::Count | Unit::None | Unit::Boolean => "a number without a unit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units_are_converted_to_the_base_unit() {
        for (unit, text, expected) in [
            (Unit::Bytes, "200MB", "209715200"),
            (Unit::Bytes, "1gb:2GiB", "1073741824:2147483648"),
            (Unit::Bytes, "~:1.5 kB", "~:1536"),
            (Unit::Bytes, "@10B:20B", "@10:20"),
            (Unit::Bytes, "1e3", "1e3"),
            (Unit::Seconds, "5min", "300"),
            (Unit::Seconds, "5m", "300"),
            (Unit::Seconds, "1d:", "86400:"),
            (Unit::Seconds, "250ms", "0.25"),
            (Unit::Seconds, "3us", "0.000003"),
            (Unit::Seconds, "1h:2h", "3600:7200"),
            (Unit::Percent, "80%", "80"),
            (Unit::Percent, "@~:99.5%", "@~:99.5"),
            (Unit::Ratio, "99%:", "0.99:"),
            (Unit::Count, "5", "5"),
        ] {
            let range = range_in(unit, text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((range.as_str(), range.written()), (expected, text));
            let plain: Range = expected.parse().unwrap();
            assert_eq!((plain.start(), plain.end()), (range.start(), range.end()), "{text}");
        }
    }

    #[test]
    fn a_unit_that_does_not_fit_is_an_error() {
        for (unit, text, expected) in [
            (
                Unit::Percent,
                "200MB",
                "MB is a unit of bytes, and the metric is in percent; write a number such as 80 or 80%",
            ),
            (
                Unit::Bytes,
                "5min",
                "min is a unit of seconds, and the metric is in bytes; write a number of bytes, or",
            ),
            (Unit::Seconds, "80%", "% is a unit of percent, and the metric is in seconds; write"),
            (
                Unit::Count,
                "5kB",
                "kB is a unit of bytes, and the metric has no unit; write a number without a unit",
            ),
            (Unit::Count, "5K", "\"K\" is not a unit, and the metric has no unit"),
            (Unit::Seconds, "1M", "\"M\" is not a unit, and the metric is in seconds"),
            (Unit::Seconds, "min", "\"min\" is not a number"),
            (Unit::Seconds, "5  min", "\"5  min\" is not a number"),
            (Unit::Bytes, "1e308GB", "is not a number"),
            (Unit::Bytes, "2GB:1GB", "the start is greater than the end"),
            (Unit::Bytes, "5MB ", "is not a number"),
            (Unit::Bytes, "é", "is not a number"),
        ] {
            let error = range_in(unit, text).expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
