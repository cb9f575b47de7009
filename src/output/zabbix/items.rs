//! Converts a report into values for Zabbix: discovery, states, texts and numbers.
//!
//! A discovery list that may be incomplete is omitted.

use std::collections::{BTreeMap, BTreeSet};

use super::key::{key, key_name};
use super::texts;
use crate::finding::State;
use crate::finding::metric::{Metric, MetricKind};
use crate::finding::report::{CheckReport, Report, ServerRole, TargetReport};
use crate::output::remark::{count_states, target_name};
use crate::text::number::counted;

/// A value of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemValue {
    /// The name of the host in Zabbix.
    pub host: String,
    /// The item's key.
    pub key: String,
    /// The value.
    pub value: String,
    /// Whether Zabbix must discover the item before it accepts values for it.
    pub discovered: bool,
}

/// The values of a report, in the order of sending.
#[derive(Debug, Default)]
pub struct ItemValues {
    /// The values for discovery, then those of items in the template, then those of discovered items.
    pub values: Vec<ItemValue>,
    /// The number of metrics that were omitted because their value is not finite.
    pub not_finite: usize,
    /// The number of values that were omitted because another value has the same key.
    pub duplicates: usize,
}

/// The values of a report; `host` returns the name of a target in Zabbix.
pub fn item_values(report: &Report, host: impl Fn(&str) -> String) -> ItemValues {
    let mut collector = ItemCollector::default();
    for target in &report.targets {
        collector.host = host(target_name(target));
        // The trigger for the target depends on the triggers of checks that watch for outages, so their states come first.
        let (outages, others): (Vec<_>, Vec<_>) = target
            .by_check()
            .into_iter()
            .filter(|(_, checks)| checks.iter().any(|check| check.is_of(report.started)))
            .partition(|(_, reports)| reports.iter().all(|report| target.repeats_failure(report)));
        for (check, reports) in outages {
            collector.add_check(check, &reports);
        }
        collector.add_target(target);
        for (check, reports) in others {
            collector.add_check(check, &reports);
        }
    }
    collector.finish()
}

/// Collects values, separated by the order of sending.
#[derive(Default)]
struct ItemCollector {
    host: String,
    discovery: Vec<ItemValue>,
    known: Vec<ItemValue>,
    discovered: Vec<ItemValue>,
    not_finite: usize,
}

impl ItemCollector {
    /// A text is sent before the state that it explains, because the trigger of the state shows the text.
    fn add_target(&mut self, target: &TargetReport) {
        self.known("posemo.summary", &[], texts::target_line(target));
        let up = if target.error.is_none() { "1" } else { "0" };
        self.known("posemo.up", &[], up.to_owned());
        self.known("posemo.state", &[], target.state().exit_code().to_string());
        for (state, count) in count_states(State::ALL, &target.checks) {
            self.known("posemo.checks", &[state.name()], count.to_string());
        }
        if let Some(version) = &target.server_version {
            self.known("posemo.server.version", &[], key_name(version));
        }
        if let Some(role) = target.role.map(ServerRole::name) {
            self.known("posemo.server.role", &[], role.to_owned());
        }
    }

    fn add_check(&mut self, check: &str, reports: &[&CheckReport]) {
        let (single, whole): (Vec<&CheckReport>, Vec<&CheckReport>) =
            reports.iter().partition(|report| report.database.is_some());
        self.discover_databases(check, &single, &whole);
        self.discover_objects(check, reports);
        let worst = whole.iter().min_by_key(|report| report.state().rank());
        let (line, findings) = worst.map_or_else(
            || {
                let databases = counted(single.len(), "database");
                let counts = texts::state_counts(single.iter().copied());
                (format!("{databases}: {counts}"), String::new())
            },
            |worst| (texts::summary_line(worst), texts::findings(worst)),
        );
        let state = State::worst(whole.iter().map(|report| report.state()));
        self.known("posemo.summary", &[check], line);
        self.known("posemo.findings", &[check], findings);
        self.known("posemo.state", &[check], state.exit_code().to_string());
        for report in single {
            let database = key_name(report.database.as_deref().unwrap_or_default());
            let parameters = [check, database.as_str()];
            self.discovered("posemo.summary", &parameters, texts::summary_line(report));
            self.discovered("posemo.findings", &parameters, texts::findings(report));
            let state = report.state().exit_code().to_string();
            self.discovered("posemo.state", &parameters, state);
        }
        for report in reports {
            for metric in report.metrics.iter().filter(|metric| has_item(metric)) {
                self.add_metric(check, report, metric);
            }
        }
    }

    /// Zabbix removes items that are missing in a discovery list after a time. An incomplete list is therefore not sent,
    /// and Zabbix keeps all items.
    fn discover_databases(&mut self, check: &str, single: &[&CheckReport], whole: &[&CheckReport]) {
        if single.is_empty() || whole.iter().any(|report| report.error.is_some()) {
            return;
        }
        let names = single.iter().filter_map(|report| report.database.as_deref()).map(key_name);
        let rows: BTreeSet<String> = names.collect();
        let rows: Vec<BTreeMap<&str, String>> =
            rows.into_iter().map(|name| BTreeMap::from([("{#DATABASE}", name)])).collect();
        self.discovery("posemo.discovery.databases", check, &rows);
    }

    fn discover_objects(&mut self, check: &str, reports: &[&CheckReport]) {
        let may_be_incomplete = |report: &&CheckReport| {
            let unknown = report.findings.iter().any(|finding| finding.state == State::Unknown);
            unknown || report.error.is_some() || report.skipped.is_some()
        };
        let rows: BTreeSet<[String; 2]> = reports
            .iter()
            .flat_map(|report| {
                let metrics = report.metrics.iter().filter(|metric| has_item(metric));
                metrics.map(|metric| names(report, metric))
            })
            .collect();
        if rows.is_empty() || reports.iter().any(may_be_incomplete) {
            return;
        }
        let row = |[database, object]: [String; 2]| {
            let end = item_name_end(&database, &object);
            BTreeMap::from([("{#DATABASE}", database), ("{#OBJECT}", object), ("{#PLACE}", end)])
        };
        let rows: Vec<_> = rows.into_iter().map(row).collect();
        self.discovery("posemo.discovery.objects", check, &rows);
    }

    fn add_metric(&mut self, check: &str, report: &CheckReport, metric: &Metric) {
        if !metric.value.is_finite() {
            self.not_finite += 1;
            return;
        }
        let [database, object] = names(report, metric);
        let parameters = [check, &key_name(&metric.name), &database, &object];
        self.discovered("posemo.metric", &parameters, number(metric.value));
    }

    fn discovery(&mut self, name: &str, check: &str, rows: &[BTreeMap<&str, String>]) {
        let rows = serde_json::to_string(rows).expect("texts can be written as JSON");
        let value = self.value(name, &[check], rows, false);
        self.discovery.push(value);
    }

    fn known(&mut self, name: &str, parameters: &[&str], value: String) {
        let value = self.value(name, parameters, value, false);
        self.known.push(value);
    }

    fn discovered(&mut self, name: &str, parameters: &[&str], value: String) {
        let value = self.value(name, parameters, value, true);
        self.discovered.push(value);
    }

    fn value(&self, name: &str, parameters: &[&str], value: String, discovered: bool) -> ItemValue {
        ItemValue { host: self.host.clone(), key: key(name, parameters), value, discovered }
    }

    /// Of several values with one key, the first remains: Zabbix would keep any of them.
    fn finish(self) -> ItemValues {
        let mut values = [self.discovery, self.known, self.discovered].concat();
        let all = values.len();
        let mut seen = BTreeSet::new();
        values.retain(|value| seen.insert((value.host.clone(), value.key.clone())));
        ItemValues { duplicates: all - values.len(), values, not_finite: self.not_finite }
    }
}

/// The database and the object of a metric.
fn names(report: &CheckReport, metric: &Metric) -> [String; 2] {
    [report.database.as_deref(), metric.object.as_deref()].map(|name| key_name(name.unwrap_or("")))
}

/// The end of the names of items and triggers: the object and the database. Such names have at most 255 characters.
fn item_name_end(database: &str, object: &str) -> String {
    let short = |name: &str| name.chars().take(50).collect::<String>();
    match (database, object) {
        ("", "") => String::new(),
        ("", object) => format!(" of {}", short(object)),
        (database, "") => format!(" ({})", short(database)),
        (database, object) => format!(" of {} ({})", short(object), short(database)),
    }
}

/// Decimal digits, or an exponent for very large and very small numbers. Zabbix reads both.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        1e-5..1e15 => value.to_string(),
        _ => format!("{value:e}"),
    }
}

/// Whether templates have an item for a metric. Rates depend on the settings; Zabbix calculates its own.
fn has_item(metric: &Metric) -> bool {
    metric.kind != MetricKind::Rate
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_read_back_as_the_same_number() {
        for (value, written) in [
            (-0.0, "0"),
            (1.5, "1.5"),
            (-12.5, "-12.5"),
            (99.0, "99"),
            (1e21, "1e21"),
            (1e-7, "1e-7"),
            (8.69e9, "8690000000"),
            (f64::MAX, "1.7976931348623157e308"),
        ] {
            assert_eq!(number(value), written);
            assert!((written.parse::<f64>().unwrap() - value).abs() < f64::EPSILON);
        }
    }
}
