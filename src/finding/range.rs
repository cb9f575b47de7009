//! Parses Nagios threshold ranges strictly, and compares a number with one.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A range as in the Monitoring Plugins guidelines: `[@][start:][end]`, both ends inclusive.
///
/// A value outside of the range violates it; with `@`, a value inside. Libraries disagree about input such as `5K`, an
/// empty text or `10:~`; here each is an error.
///
/// Its clones share one text: each metric of each report has ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct Range(Arc<RangeParts>);

#[derive(Debug, PartialEq)]
struct RangeParts {
    start: f64,
    end: f64,
    inside: bool,
    /// The range in base units, as programs read it.
    text: String,
    /// The range as a person wrote it, if it has units.
    written: Option<String>,
}

/// A text that is not a range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// It has another form.
    #[error(
        "\"{text}\" is not a range: {reason}; write 10 (above 10 or below 0), 10: (below 10), ~:10 (above 10), 10:20 (outside) or @10:20 (inside)"
    )]
    Form {
        /// The text.
        text: String,
        /// What is wrong.
        reason: String,
    },
    /// A number has a unit that does not fit.
    #[error("\"{text}\" is not a range: {reason}")]
    Unit {
        /// The text.
        text: String,
        /// What is wrong, and what to write.
        reason: String,
    },
}

impl FromStr for Range {
    type Err = RangeError;

    /// Parses a range of numbers without units.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Range::parse(text, |number| {
            plain_number(number).ok_or_else(|| format!("{number:?} is not a number"))
        })
    }
}

/// A decimal number, with or without an exponent. Blanks, units and words such as `inf` are refused.
pub(super) fn plain_number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

impl Range {
    /// Parses a range. `number` reads a number; its error is the reason, with what to write if the unit is wrong.
    pub(super) fn parse(
        text: &str,
        number: impl Fn(&str) -> Result<f64, String>,
    ) -> Result<Range, RangeError> {
        let form = |reason: &str| RangeError::Form { text: text.to_owned(), reason: reason.into() };
        let (inside, ends) = text.strip_prefix('@').map_or((false, text), |rest| (true, rest));
        let (start, end) = match ends.split_once(':') {
            Some((start, end)) => (Some(start), end),
            None => (None, ends),
        };
        if matches!(ends, "" | ":") {
            return Err(form("it has no number"));
        }
        let read = |written: &str| {
            number(written).map_err(|reason| {
                if reason.contains("; write") {
                    RangeError::Unit { text: text.to_owned(), reason }
                } else {
                    form(&reason)
                }
            })
        };
        let first = match start {
            None | Some("") => 0.0,
            Some("~") => f64::NEG_INFINITY,
            Some(written) => read(written)?,
        };
        let last = if end.is_empty() { f64::INFINITY } else { read(end)? };
        if first > last {
            return Err(form("the start is greater than the end"));
        }
        let base = |written: &str, number: f64| {
            let is_base = matches!(written, "" | "~") || plain_number(written).is_some();
            if is_base { written.to_owned() } else { number.to_string() }
        };
        let at = if inside { "@" } else { "" };
        let start = start.map(|written| base(written, first) + ":").unwrap_or_default();
        let base = format!("{at}{start}{}", base(end, last));
        let written = (base != text).then(|| text.to_owned());
        let parts = RangeParts { start: first, end: last, inside, text: base, written };
        Ok(Range(Arc::new(parts)))
    }

    /// Whether a value violates the range.
    pub fn alarms(&self, value: f64) -> bool {
        let within = self.0.start <= value && value <= self.0.end;
        within == self.0.inside
    }

    /// Whether a value between two values, both included, can violate the range.
    pub fn alarms_between(&self, least: f64, most: f64) -> bool {
        if self.0.inside {
            self.0.start.max(least) <= self.0.end.min(most)
        } else {
            least < self.0.start || most > self.0.end
        }
    }

    /// The range in base units, as programs read it.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The text that was parsed. It may have units.
    pub fn written(&self) -> &str {
        self.0.written.as_deref().unwrap_or(&self.0.text)
    }

    /// The smallest value within; negative infinity for `~`.
    pub fn start(&self) -> f64 {
        self.0.start
    }

    /// The largest value within; infinity if the range has no end.
    pub fn end(&self) -> f64 {
        self.0.end
    }

    /// Whether values inside violate the range (`@`), instead of values outside.
    pub fn inside(&self) -> bool {
        self.0.inside
    }

    /// How a value violates the range: `above 95`, `just above 95`, `below 10`, `within 10 to 20`.
    ///
    /// `write` writes a number with its unit, and may round. "just" resolves the contradiction that a rounded value
    /// and the rounded end of the range would make: `95 % (critical above 95 %)`.
    pub fn explain(&self, value: f64, write: impl Fn(f64) -> String) -> String {
        let (start, end) = (write(self.0.start), write(self.0.end));
        let just = |bound: &String| if write(value) == *bound { "just " } else { "" };
        match () {
            () if self.0.inside && start == end => format!("equal to {start}"),
            () if self.0.inside && self.0.start.is_infinite() => format!("at most {end}"),
            () if self.0.inside && self.0.end.is_infinite() => format!("at least {start}"),
            () if self.0.inside => format!("within {start} to {end}"),
            () if value > self.0.end => format!("{}above {end}", just(&end)),
            () => format!("{}below {start}", just(&start)),
        }
    }

    /// Whether smaller values are worse: the range has a start and no end.
    pub fn guards_from_below(&self) -> bool {
        self.0.end.is_infinite() != self.0.inside
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.text)
    }
}

impl<'de> Deserialize<'de> for Range {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Range, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::number::rounded;

    #[test]
    fn ranges_are_violated_as_in_the_guidelines() {
        for (range, good, bad) in [
            ("10", vec![0.0, 5.5, 10.0], vec![-0.1, 10.01, f64::INFINITY]),
            ("10:", vec![10.0, 1e300], vec![9.99, -1.0]),
            ("~:10", vec![-1e300, 10.0], vec![10.1]),
            ("10:20", vec![10.0, 20.0], vec![9.0, 21.0]),
            ("@10:20", vec![9.9, 20.1], vec![10.0, 15.0, 20.0]),
            (":10", vec![0.0, 10.0], vec![-1.0, 11.0]),
            ("-5:5", vec![-5.0, 0.0], vec![-6.0, 6.0]),
            ("1e3", vec![1000.0], vec![1001.0]),
            ("@0", vec![0.1, -0.1], vec![0.0]),
            ("~:", vec![f64::NEG_INFINITY, 0.0], vec![]),
            ("0.5:0.5", vec![0.5], vec![0.4]),
        ] {
            let range: Range = range.parse().unwrap();
            for value in good {
                assert!(!range.alarms(value), "{range} {value}");
            }
            for value in bad {
                assert!(range.alarms(value), "{range} {value}");
            }
        }
    }

    #[test]
    fn a_range_is_violated_between_two_values() {
        for (range, least, most, expected) in [
            ("80", 0.0, 80.0, false),
            ("80", 0.0, 80.1, true),
            ("80", f64::NEG_INFINITY, 50.0, true),
            ("~:80", f64::NEG_INFINITY, 50.0, false),
            ("90:", 90.0, f64::INFINITY, false),
            ("90:", 89.0, f64::INFINITY, true),
            ("10:20", 0.0, 15.0, true),
            ("@10:20", 0.0, 9.0, false),
            ("@10:20", 0.0, 10.0, true),
            ("@10:20", 12.0, 13.0, true),
            ("@10:20", 21.0, f64::INFINITY, false),
        ] {
            let range: Range = range.parse().unwrap();
            assert_eq!(range.alarms_between(least, most), expected, "{range} {least} {most}");
        }
    }

    #[test]
    fn sloppy_ranges_are_refused() {
        for text in [
            "", "-5", "20:10", "abc", "5K", "@", "10:~", "1,5", "0x10", " 10", "10 ", "::",
            "1:2:3", "nan", "inf", ":", "@:", "~", "5%", "--1",
        ] {
            assert!(text.parse::<Range>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_violated_range_is_explained() {
        for (range, value, expected) in [
            ("95", 96.0, "above 95"),
            ("95", 95.1, "above 95"),
            ("95", 95.04, "just above 95"),
            ("95.04", 95.041, "just above 95"),
            ("95", -1.0, "below 0"),
            ("95", -0.01, "just below 0"),
            ("90:", 80.0, "below 90"),
            ("90:", 89.96, "just below 90"),
            ("@0:0", 0.0, "equal to 0"),
            ("@1:5", 3.0, "within 1 to 5"),
        ] {
            let explained =
                range.parse::<Range>().unwrap().explain(value, |number| rounded(number, 1));
            assert_eq!(explained, expected, "{range} {value}");
        }
    }
}
