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

/// Words for units that posemo does not have, with what to do, and the factor that makes them seconds.
const OTHERS: [(&[&str], &str, f64); 3] = [
    (
        &["ms", "msec", "millis", "millisecond", "milliseconds"],
        "milliseconds: divide by 1000",
        1e-3,
    ),
    (&["us", "usec", "µs", "microsecond", "microseconds"], "microseconds: divide by 1000000", 1e-6),
    (&["kb", "kib", "mb", "mib", "gb", "gib"], "a multiple of bytes: multiply in the query", 0.0),
];

/// The same, of names only: a description can contain a period.
const LONGER: [(&[&str], &str, f64); 3] = [
    (&["minutes", "mins"], "minutes: multiply by 60", 60.0),
    (&["hours"], "hours: multiply by 3600", 3_600.0),
    (&["days"], "days: multiply by 86400", 86_400.0),
];

/// The unit of a metric, and the reason for the reviewer.
#[derive(Debug)]
pub(super) struct UnitGuess {
    pub(super) unit: Unit,
    pub(super) reason: String,
    /// Whether it is from the name, and not from the description.
    pub(super) by_name: bool,
}

/// Guesses the unit of a metric. `scale` is the factor by which the file multiplies it.
pub(super) fn guess(name: &str, help: &str, kind: MetricKind, scale: Option<f64>) -> UnitGuess {
    let name = name.to_lowercase();
    let help = help.to_lowercase();
    let words: Vec<&str> = help.split(|c: char| !c.is_alphanumeric()).collect();
    // The word before `_total` in the names of Prometheus is the unit.
    let stem = name.strip_suffix("_total").unwrap_or(&name);
    let last = [stem, &name].map(|name| name.rsplit('_').next().unwrap_or_default());
    // A name of one letter is not a unit.
    let last = last.map(|word| if word.len() == name.len() && word.len() == 1 { "" } else { word });
    let other = |(_, unit, factor): &(&[&str], &str, f64), by_name| {
        let is_second = scale.is_some_and(|scale| (scale / factor - 1.0).abs() < 1e-9);
        let (unit, reason) = if is_second {
            (Unit::Seconds, "unit: the file multiplies it, so that it is in seconds".to_owned())
        } else {
            let reason = format!("unit: none, as it seems to be in {unit}, and set a base unit");
            (Unit::None, reason)
        };
        UnitGuess { unit, reason, by_name }
    };
    if let Some(known) = OTHERS.iter().chain(&LONGER).find(|(known, ..)| known.contains(&last[0])) {
        return other(known, true);
    }
    let described = |(known, ..): &&(&[&str], &str, f64)| {
        known.iter().any(|word| word.len() > 2 && words.contains(word))
    };
    if let Some(known) = OTHERS.iter().find(described) {
        return other(known, false);
    }
    for word in last {
        if let Some((_, unit)) = BY_NAME.iter().find(|(known, _)| known.contains(&word)) {
            return UnitGuess { unit: *unit, reason: "unit: from its name".into(), by_name: true };
        }
    }
    let (unit, reason) = described_unit(&name, &help, &words, kind);
    UnitGuess { unit, reason, by_name: false }
}

/// The unit of a metric whose name does not contain one.
fn described_unit(name: &str, help: &str, words: &[&str], kind: MetricKind) -> (Unit, String) {
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
            ("time_ms_total", "", MetricKind::Counter, Unit::None),
            ("mean_time_ms", "seconds", MetricKind::Gauge, Unit::None),
            ("seq_scan", "Number of scans", MetricKind::Counter, Unit::Count),
            ("calls", "", MetricKind::Counter, Unit::Count),
            ("hit_ratio", "", MetricKind::Gauge, Unit::Ratio),
            ("used_pct", "", MetricKind::Gauge, Unit::Percent),
            ("lag_minutes", "seconds", MetricKind::Gauge, Unit::None),
            ("lag_s", "", MetricKind::Gauge, Unit::Seconds),
            ("s", "", MetricKind::Gauge, Unit::None),
            ("state", "", MetricKind::Gauge, Unit::None),
        ] {
            assert_eq!(guess(name, help, kind, None).unit, unit, "{name}");
        }
        for (name, help, scale, unit) in [
            ("session_time", "in milliseconds", 1e-3, Unit::Seconds),
            ("lag_us", "", 1e-6, Unit::Seconds),
            ("lag_us", "", 1e-3, Unit::None),
            ("lag_minutes", "", 60.0, Unit::Seconds),
            ("wal_mb", "", 0.0, Unit::None),
        ] {
            assert_eq!(guess(name, help, MetricKind::Counter, Some(scale)).unit, unit, "{name}");
        }
    }
}
