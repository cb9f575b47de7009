//! Writes metrics as performance data: `'label'=value[UOM];[warning];[critical];[min];[max]`.
//!
//! It avoids everything that parsers read differently: quotes in labels, exponents, scaled units, `U`.

use std::collections::{BTreeMap, BTreeSet};

use super::labels::{LabelRules, WantedLabel};
use crate::finding::metric::{Metric, MetricKind, Unit};
use crate::finding::range::Range;
use crate::finding::report::{CheckReport, Report};

/// The characters that all parsers accept.
const LABELS: LabelRules = LabelRules { allowed: " _.-", usual: "", mark: '-' };

/// One text for each metric, in the report's order. Metrics whose value is not finite are omitted.
///
/// A label has the names that distinguish its metric: in a whole run the check; target and database if there are
/// several; the metric's name if the check has several metrics, or if the metric has no object.
pub(super) fn items(report: &Report, whole_run: bool) -> Vec<String> {
    let (wanted, metrics): (Vec<_>, Vec<_>) =
        labelled_metrics(report, whole_run).into_iter().unzip();
    let labels = LABELS.labels(&wanted).into_iter();
    labels.zip(metrics).filter_map(|(label, metric)| item(&label, metric)).collect()
}

/// The metrics with their labels, which may still contain any character and occur twice.
pub(crate) fn labelled_metrics(report: &Report, whole_run: bool) -> Vec<(WantedLabel, &Metric)> {
    let several_targets = report.targets.len() > 1;
    let variety = variety(report);
    let mut items = Vec::new();
    for target in &report.targets {
        for check in &target.checks {
            let variety = &variety[check.check.as_str()];
            for metric in &check.metrics {
                let object = metric.object.as_deref().filter(|object| !object.trim().is_empty());
                let database = check.database.as_deref().filter(|_| variety.databases.len() > 1);
                let parts = [
                    several_targets.then_some(target.target.as_str()),
                    whole_run.then_some(check.check.as_str()),
                    database,
                    object,
                    Some(metric.name.as_str())
                        .filter(|_| variety.metrics.len() > 1 || object.is_none()),
                ];
                let text = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
                let identity = parts.map(Option::unwrap_or_default).join("\0");
                items.push((WantedLabel { text, identity }, metric));
            }
        }
    }
    items
}

/// The names of a check's metrics, and the databases in which it ran.
#[derive(Default)]
struct Variety<'a> {
    metrics: BTreeSet<&'a str>,
    databases: BTreeSet<&'a str>,
}

fn variety(report: &Report) -> BTreeMap<&str, Variety<'_>> {
    let mut variety = BTreeMap::<&str, Variety>::new();
    let checks = report.targets.iter().flat_map(|target| &target.checks);
    for CheckReport { check, database, metrics, .. } in checks {
        let entry = variety.entry(check).or_default();
        entry.metrics.extend(metrics.iter().map(|metric| metric.name.as_str()));
        entry.databases.extend(database.as_deref());
    }
    variety
}

fn item(label: &str, metric: &Metric) -> Option<String> {
    let value = decimal(metric.value)?;
    let (smallest, largest) = bounds(metric);
    let [warning, critical] = [&metric.warning, &metric.critical]
        .map(|range| range.as_ref().map(range_text).unwrap_or_default());
    let item =
        format!("'{label}'={value}{};{warning};{critical};{smallest};{largest}", unit(metric));
    Some(item.trim_end_matches(';').to_owned())
}

/// The shortest decimal that reads back as the same number, without exponent and never `-0`; `None` if not finite.
pub(crate) fn decimal(value: f64) -> Option<String> {
    // Adding zero turns minus zero into zero and changes nothing else.
    value.is_finite().then(|| (value + 0.0).to_string())
}

/// The unit of measurement. A counter is `c` whatever it counts: otherwise a graph would show the total, not the rate.
fn unit(metric: &Metric) -> &'static str {
    match (metric.kind, metric.unit) {
        (MetricKind::Counter, _) => "c",
        (_, Unit::Percent) => "%",
        (_, Unit::Bytes) => "B",
        (_, Unit::Seconds) => "s",
        (_, Unit::None | Unit::Count | Unit::Ratio | Unit::Boolean) => "",
    }
}

/// The minimum and the maximum of the unit, if the value is between them; `%` implies 0 and 100.
pub(crate) fn bounds(metric: &Metric) -> (&'static str, &'static str) {
    let value = metric.value;
    match metric.unit {
        Unit::Ratio if (0.0..=1.0).contains(&value) => ("0", "1"),
        Unit::Bytes | Unit::Seconds | Unit::Count if value >= 0.0 => ("0", ""),
        _ => ("", ""),
    }
}

/// The text of a range, without exponents.
fn range_text(range: &Range) -> String {
    if !range.as_str().contains(['e', 'E', '+']) {
        return range.as_str().to_owned();
    }
    let at = if range.inside() { "@" } else { "" };
    let start = match range.start() {
        0.0 => String::new(),
        start => format!("{}:", decimal(start).unwrap_or_else(|| "~".to_owned())),
    };
    format!("{at}{start}{}", decimal(range.end()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_plain() {
        for (value, expected) in [
            (62.0, Some("62")),
            (0.1, Some("0.1")),
            (-0.0, Some("0")),
            (1e21, Some("1000000000000000000000")),
            (1.5e-7, Some("0.00000015")),
            (-3.25, Some("-3.25")),
            (f64::NAN, None),
            (f64::NEG_INFINITY, None),
        ] {
            assert_eq!(decimal(value).as_deref(), expected);
        }
        let tiny = decimal(f64::from_bits(1)).unwrap();
        assert_eq!(tiny.parse::<f64>().unwrap().to_bits(), 1);
        assert!(!tiny.contains('e'));
    }

    #[test]
    fn ranges_have_no_exponents() {
        for (range, expected) in [
            ("60", "60"),
            ("95.50:", "95.50:"),
            ("~:9", "~:9"),
            ("@10:20", "@10:20"),
            (":10", ":10"),
            ("~:", "~:"),
            ("1e3:2E3", "1000:2000"),
            ("@~:1e3", "@~:1000"),
            ("1e3:", "1000:"),
            ("+5", "5"),
        ] {
            assert_eq!(range_text(&range.parse().unwrap()), expected, "{range}");
        }
    }
}
