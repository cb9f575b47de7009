//! Guesses the unit of a metric, from its name and its description.

use crate::finding::metric::{MetricKind, Unit};

/// Units by the last word of a name.
const BY_NAME: [(&[&str], Unit); 5] = [
    (&["bytes", "byte", "size", "b"], Unit::Bytes),
    (&["seconds", "second", "secs", "sec", "s", "uptime"], Unit::Seconds),
    (&["percent", "percentage", "pct", "perc"], Unit::Percent),
    (&["ratio"], Unit::Ratio),
    (&["count", "total", "num", "number", "calls", "rows"], Unit::Count),
];

/// Words for units that posemo does not have, with what to do.
const OTHERS: [(&[&str], &str); 3] = [
    (&["ms", "msec", "millis", "millisecond", "milliseconds"], "milliseconds: divide by 1000"),
    (&["us", "usec", "µs", "microsecond", "microseconds"], "microseconds: divide by 1000000"),
    (&["kb", "kib", "mb", "mib", "gb", "gib"], "a multiple of bytes: multiply in the query"),
];

/// The unit of a metric, and the reason for the reviewer.
pub(super) fn guess(name: &str, help: &str, kind: MetricKind) -> (Unit, String) {
    let name = name.to_lowercase();
    let help = help.to_lowercase();
    let words: Vec<&str> = help.split(|c: char| !c.is_alphanumeric()).collect();
    let last = |name: &str| name.rsplit('_').next().unwrap_or_default().to_owned();
    let other = |(known, _): &&(&[&str], &str)| {
        known.contains(&last(&name).as_str())
            || known.iter().any(|word| word.len() > 2 && words.contains(word))
    };
    if let Some((_, what)) = OTHERS.iter().find(other) {
        return (
            Unit::None,
            format!("unit: none, as it seems to be in {what}, and set a base unit"),
        );
    }
    // The word before `_total` in the names of Prometheus is the unit.
    let stem = name.strip_suffix("_total").unwrap_or(&name);
    for (candidate, why) in [(stem, "its name"), (&name, "its name")] {
        let found = BY_NAME.iter().find(|(known, _)| known.contains(&last(candidate).as_str()));
        if let Some((_, unit)) = found {
            return (*unit, format!("unit: from {why}"));
        }
    }
    for (word, unit) in
        [("bytes", Unit::Bytes), ("seconds", Unit::Seconds), ("percentage", Unit::Percent)]
    {
        if words.contains(&word) {
            return (unit, format!("unit: its description contains \"{word}\""));
        }
    }
    if help.starts_with("number of")
        || help.starts_with("total number of")
        || name.starts_with("n_")
    {
        return (Unit::Count, "unit: it is a number of objects".to_owned());
    }
    match kind {
        MetricKind::Counter => {
            (Unit::Count, "unit: none is known; counters mostly count".to_owned())
        }
        _ => (Unit::None, "unit: none is known".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_names_and_descriptions() {
        for (name, help, kind, unit) in [
            ("size_bytes", "", MetricKind::Gauge, Unit::Bytes),
            ("wal_bytes_total", "", MetricKind::Counter, Unit::Bytes),
            ("lag", "Replication lag behind master in seconds", MetricKind::Gauge, Unit::Seconds),
            ("checkpoint_write_time", "in milliseconds", MetricKind::Counter, Unit::None),
            ("mean_time_ms", "seconds", MetricKind::Gauge, Unit::None),
            ("seq_scan", "Number of scans", MetricKind::Counter, Unit::Count),
            ("calls", "", MetricKind::Counter, Unit::Count),
            ("hit_ratio", "", MetricKind::Gauge, Unit::Ratio),
            ("used_pct", "", MetricKind::Gauge, Unit::Percent),
            ("state", "", MetricKind::Gauge, Unit::None),
        ] {
            assert_eq!(guess(name, help, kind).0, unit, "{name}");
        }
    }
}
