//! Metrics: numbers with a unit, and the ranges that they are compared with.

use serde::{Deserialize, Serialize};

use super::range::Range;
use crate::text::number;

/// The unit of a metric. Base units only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// A number without a unit.
    None,
    /// 0 to 100.
    Percent,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
    /// A number of objects.
    Count,
    /// 0 to 1.
    Ratio,
    /// 0 for false and 1 for true; programs read it as a number without a unit.
    #[serde(rename = "none", skip_deserializing)]
    Boolean,
}

impl Unit {
    /// All units that a column of `check.toml` can name.
    pub const ALL: [Unit; 6] =
        [Self::None, Self::Percent, Self::Bytes, Self::Seconds, Self::Count, Self::Ratio];

    /// The name, as in `check.toml` and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::None | Self::Boolean => "none",
            Self::Percent => "percent",
            Self::Bytes => "bytes",
            Self::Seconds => "seconds",
            Self::Count => "count",
            Self::Ratio => "ratio",
        }
    }

    /// The value with its unit, rounded for people: `5.9 %`, `1.2 GiB`, `1 min 2 s`.
    pub fn amount(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{} %", number::rounded(value, 1)),
            Self::Bytes => number::bytes(value),
            Self::Seconds => number::duration(value),
            Self::Ratio => number::rounded(value, 3),
            Self::None | Self::Count => number::rounded(value, 2),
            Self::Boolean => if value == 0.0 { "no" } else { "yes" }.to_owned(),
        }
    }
}

/// Whether a metric rises and falls, or only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricKind {
    /// Rises and falls.
    Gauge,
    /// Only grows, until PostgreSQL resets its statistics.
    Counter,
    /// How fast a counter grows, as `posemo serve` measures it. Programs read it as a gauge; no definition for a monitoring
    /// system contains it.
    #[serde(rename = "gauge", skip_deserializing)]
    Rate,
}

impl MetricKind {
    /// `gauge` or `counter`, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gauge | Self::Rate => "gauge",
            Self::Counter => "counter",
        }
    }
}

/// A number, and the ranges that it was compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// The name of the column.
    pub name: String,
    /// The object that the number belongs to, if any.
    pub object: Option<String>,
    /// The number, in the unit.
    pub value: f64,
    /// The unit.
    pub unit: Unit,
    /// Gauge or counter.
    pub kind: MetricKind,
    /// The effective range for Warning.
    pub warning: Option<Range>,
    /// The effective range for Critical.
    pub critical: Option<Range>,
}

impl Metric {
    /// A count without ranges, such as the number of functions that `verify` compared.
    pub fn count(name: impl Into<String>, value: f64) -> Metric {
        Metric {
            name: name.into(),
            object: None,
            value,
            unit: Unit::Count,
            kind: MetricKind::Gauge,
            warning: None,
            critical: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_their_unit() {
        for (unit, value, expected) in [
            (Unit::Percent, 8.771_929_824_561_404, "8.8 %"),
            (Unit::Percent, 7.451e-7, "0 %"),
            (Unit::Bytes, 1_288_490_188.8, "1.2 GiB"),
            (Unit::Seconds, 62.0, "1 min 2 s"),
            (Unit::Ratio, 0.9985, "0.999"),
            (Unit::Count, 3.0, "3"),
            (Unit::None, 0.127, "0.13"),
        ] {
            assert_eq!(unit.amount(value), expected);
        }
    }
}
