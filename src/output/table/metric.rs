//! How a metric reads in the table.
//!
//! Rounds, as it is for reading: the formats for programs have the exact number.

use crate::finding::metric::Metric;

/// A metric in words: what, of what, how much, and from where on it alarms.
pub(super) fn sentence(metric: &Metric) -> String {
    let object = metric.object.as_ref().map(|object| format!(" {object}")).unwrap_or_default();
    let ranges = [("warning", &metric.warning), ("critical", &metric.critical)];
    let ranges =
        ranges.iter().filter_map(|(name, range)| Some(format!("{name} {}", range.as_ref()?)));
    let ranges = ranges.collect::<Vec<_>>().join(", ");
    let ranges = if ranges.is_empty() { ranges } else { format!(" ({ranges})") };
    format!("{}{object} = {}{ranges}", metric.name, metric.unit.amount(metric.value))
}
