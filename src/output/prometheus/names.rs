//! The names of metrics: `posemo_CHECK_METRIC_UNIT`, in base units, with `_total` for counters.
//!
//! A name depends on check, metric, unit and kind only, so that it is the same in each run.

use crate::finding::metric::{Metric, MetricKind, Unit};

/// The name and the meaning of a family of samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MetricName {
    /// The name without `_total`.
    pub(super) base: String,
    /// Gauge or counter.
    pub(super) kind: MetricKind,
    /// The unit at the end of the name, if any.
    pub(super) unit: &'static str,
    /// The help text.
    pub(super) help: String,
}

/// Endings that have a meaning in Prometheus. The name of a gauge must not have one of them.
const RESERVED: [&str; 7] =
    ["_total", "_count", "_sum", "_bucket", "_info", "_created", "_timestamp"];

/// Abbreviations of units. Between underscores one would look like the unit of the metric.
const ABBREVIATIONS: [&str; 14] =
    ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"];

/// The name for a metric of a check.
pub(super) fn metric(check: &str, metric: &Metric) -> MetricName {
    let kind = match metric.kind {
        MetricKind::Counter => MetricKind::Counter,
        MetricKind::Gauge | MetricKind::Rate => MetricKind::Gauge,
    };
    named(check, &metric.name, metric.unit, kind)
}

/// The name for a metric with this name, unit and kind.
pub(super) fn named(check: &str, name: &str, in_unit: Unit, kind: MetricKind) -> MetricName {
    let unit = unit(in_unit);
    let mut base = "posemo_".to_owned();
    let mut joins = true;
    for part in valid_name(check).split('_').chain(valid_name(name).split('_')) {
        // It is joined with the part before it, the first one with the part after it.
        let is_abbreviation = ABBREVIATIONS.contains(&part);
        base.push_str(if is_abbreviation || joins { "" } else { "_" });
        joins = is_abbreviation && base == "posemo_";
        base.push_str(part);
    }
    let ending = format!("_{unit}");
    if kind == MetricKind::Counter {
        base.truncate(base.strip_suffix("_total").map_or(base.len(), str::len));
    }
    if !unit.is_empty() && !base.ends_with(&ending) {
        base.push_str(&ending);
    }
    if kind == MetricKind::Gauge && RESERVED.iter().any(|reserved| base.ends_with(reserved)) {
        base.push_str("_value");
    }
    let what = match in_unit {
        Unit::Percent | Unit::Ratio => ", 0 to 1",
        _ => "",
    };
    let help = format!("{} of check {}{what}.", valid_name(name), valid_name(check));
    MetricName { base, kind, unit, help }
}

/// The value in the base unit: in Prometheus this is a ratio, not percent.
pub(super) fn value(metric: &Metric) -> f64 {
    match metric.unit {
        Unit::Percent => metric.value / 100.0,
        _ => metric.value,
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::None | Unit::Count | Unit::Boolean => "",
        Unit::Percent | Unit::Ratio => "ratio",
        Unit::Bytes => "bytes",
        Unit::Seconds => "seconds",
    }
}

/// The name in lower-case letters, digits and single underscores, none of them first or last.
fn valid_name(name: &str) -> String {
    let plain = name.to_ascii_lowercase();
    let parts = plain.split(|character: char| !character.is_ascii_alphanumeric());
    let joined = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
    if joined.is_empty() { "unnamed".to_owned() } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules_of_prometheus() {
        for (name, unit, kind, expected) in [
            ("lag", Unit::Seconds, MetricKind::Gauge, "posemo_c_lag_seconds"),
            ("used", Unit::Percent, MetricKind::Gauge, "posemo_c_used_ratio"),
            ("hit_ratio", Unit::Ratio, MetricKind::Gauge, "posemo_c_hit_ratio"),
            ("wal_bytes", Unit::Bytes, MetricKind::Counter, "posemo_c_wal_bytes"),
            ("commits_total", Unit::Count, MetricKind::Counter, "posemo_c_commits"),
            ("total", Unit::Count, MetricKind::Gauge, "posemo_c_total_value"),
            ("row_count", Unit::None, MetricKind::Gauge, "posemo_c_row_count_value"),
            ("Größe: 9", Unit::Bytes, MetricKind::Gauge, "posemo_c_gr_e_9_bytes"),
            ("it's", Unit::Bytes, MetricKind::Gauge, "posemo_c_its_bytes"),
            (" ", Unit::None, MetricKind::Gauge, "posemo_c_unnamed"),
        ] {
            let metric = Metric {
                name: name.to_owned(),
                object: None,
                value: 1.0,
                unit,
                kind,
                warning: None,
                critical: None,
            };
            assert_eq!(super::metric("c", &metric).base, expected, "{name}");
        }
        for (check, name, expected) in [
            ("io_ms", "s", "posemo_iomss"),
            ("b_blocks", "v", "posemo_bblocks_v"),
            ("s", "m", "posemo_sm"),
        ] {
            let named = named(check, name, Unit::None, MetricKind::Gauge);
            assert_eq!(named.base, expected, "{check} {name}");
        }
    }
}
