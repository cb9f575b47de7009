//! How a metric reads in the table.
//!
//! Rounds, as it is for reading: the formats for programs have the exact number.

use crate::finding::{Metric, Unit};

/// A metric in words: what, of what, how much, and from where on it alarms.
pub(super) fn sentence(metric: &Metric) -> String {
    let object = metric.object.as_ref().map(|object| format!(" {object}")).unwrap_or_default();
    let ranges = [("warning", &metric.warning), ("critical", &metric.critical)];
    let ranges =
        ranges.iter().filter_map(|(name, range)| Some(format!("{name} {}", range.as_ref()?)));
    let ranges = ranges.collect::<Vec<_>>().join(", ");
    let ranges = if ranges.is_empty() { ranges } else { format!(" ({ranges})") };
    format!("{}{object} = {}{ranges}", metric.name, amount(metric.value, metric.unit))
}

/// A number for reading: rounded, and with its unit.
fn amount(value: f64, unit: Unit) -> String {
    let (value, unit) = match unit {
        Unit::Percent => (value, "%"),
        Unit::Bytes => binary(value),
        Unit::Seconds => (value, "s"),
        Unit::None | Unit::Count | Unit::Ratio => (value, ""),
    };
    let size = value.abs();
    let number = if value == 0.0 {
        "0".to_owned()
    } else if (0.001..1e15).contains(&size) {
        let digits = if size < 10.0 { 3 } else { 1 };
        let text = format!("{value:.digits$}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else if !value.is_finite() {
        value.to_string()
    } else {
        format!("{value:.3e}")
    };
    format!("{number} {unit}").trim_end().to_owned()
}

/// A number of bytes in the largest binary unit that keeps it above one.
fn binary(bytes: f64) -> (f64, &'static str) {
    let larger = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    larger.into_iter().fold((bytes, "B"), |(value, unit), larger| {
        // Once a unit is passed over, the value is below 1024 and stays so.
        if value.abs() >= 1024.0 { (value / 1024.0, larger) } else { (value, unit) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_for_reading() {
        for (value, unit, expected) in [
            (62.0, Unit::Seconds, "62 s"),
            (-0.0, Unit::Count, "0"),
            (100.0, Unit::Percent, "100 %"),
            (8_690_000_000.0, Unit::Bytes, "8.093 GiB"),
            (1023.0, Unit::Bytes, "1023 B"),
            (0.998_765, Unit::Ratio, "0.999"),
            (1e300, Unit::None, "1.000e300"),
            (f64::INFINITY, Unit::Seconds, "inf s"),
        ] {
            assert_eq!(amount(value, unit), expected);
        }
    }
}
