//! Makes of a report the values for Zabbix: what there is to discover, states, texts and numbers.
//!
//! It sends nothing, and leaves out what it cannot know to be complete.

use std::collections::{BTreeMap, BTreeSet};

use super::key::{key, spelled};
use super::told;
use crate::finding::State;
use crate::finding::metric::Metric;
use crate::finding::report::{CheckReport, Report, ServerRole, TargetReport};
use crate::output::remark::{counted, name};

/// One value of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The host, as Zabbix calls it.
    pub host: String,
    /// The item's key.
    pub key: String,
    /// What the item is told.
    pub value: String,
    /// Whether Zabbix has to discover the item before it can be told anything.
    pub discovered: bool,
}

/// The values of a report, in the order in which they are to be sent.
#[derive(Debug, Default)]
pub struct Items {
    /// What is to be discovered, then what the template has, then what is discovered.
    pub values: Vec<Value>,
    /// How many numbers have no value that Zabbix could keep.
    pub no_numbers: usize,
    /// How many values were left out as others have the same key.
    pub repeated: usize,
}

/// Makes the values; `host` says what a target is called in Zabbix.
pub fn items(report: &Report, host: impl Fn(&str) -> String) -> Items {
    let mut writer = Writer::default();
    for target in &report.targets {
        writer.host = host(name(target));
        writer.target(target);
        for (check, reports) in target.by_check() {
            writer.check(check, &reports);
        }
    }
    writer.finish()
}

/// Gathers values, apart by when they may be sent.
#[derive(Default)]
struct Writer {
    host: String,
    discovery: Vec<Value>,
    known: Vec<Value>,
    discovered: Vec<Value>,
    no_numbers: usize,
}

impl Writer {
    /// A text before the state that it explains: an alarm of the state shows the text.
    fn target(&mut self, target: &TargetReport) {
        self.known("posemo.summary", &[], told::target(target));
        let up = if target.error.is_none() { "1" } else { "0" };
        self.known("posemo.up", &[], up.to_owned());
        self.known("posemo.state", &[], target.state().exit_code().to_string());
        for (state, count) in counted(State::ALL, &target.checks) {
            self.known("posemo.checks", &[state.name()], count.to_string());
        }
        if let Some(version) = &target.server_version {
            self.known("posemo.server.version", &[], spelled(version));
        }
        if let Some(role) = target.role.map(ServerRole::name) {
            self.known("posemo.server.role", &[], role.to_owned());
        }
    }

    fn check(&mut self, check: &str, reports: &[&CheckReport]) {
        let (single, whole): (Vec<&CheckReport>, Vec<&CheckReport>) =
            reports.iter().partition(|report| report.database.is_some());
        self.databases(check, &single, &whole);
        self.objects(check, reports);
        let worst = whole.iter().min_by_key(|report| report.state().rank());
        let (line, findings) = worst.map_or_else(
            || {
                (
                    format!("{} databases: {}", single.len(), told::counts(single.iter().copied())),
                    String::new(),
                )
            },
            |worst| (told::line(worst), told::findings(worst)),
        );
        let state = State::worst(whole.iter().map(|report| report.state()));
        self.known("posemo.summary", &[check], line);
        self.known("posemo.findings", &[check], findings);
        self.known("posemo.state", &[check], state.exit_code().to_string());
        for report in single {
            let database = spelled(report.database.as_deref().unwrap_or_default());
            let parameters = [check, database.as_str()];
            self.discovered("posemo.summary", &parameters, told::line(report));
            self.discovered("posemo.findings", &parameters, told::findings(report));
            let state = report.state().exit_code().to_string();
            self.discovered("posemo.state", &parameters, state);
        }
        for report in reports {
            for metric in &report.metrics {
                self.metric(check, report, metric);
            }
        }
    }

    /// What is not in the list that discovery is given is taken away after a while, so that a list that may
    /// have holes is not sent; what is known stays then.
    fn databases(&mut self, check: &str, single: &[&CheckReport], whole: &[&CheckReport]) {
        if single.is_empty() || whole.iter().any(|report| report.error.is_some()) {
            return;
        }
        let names = single.iter().filter_map(|report| report.database.as_deref()).map(spelled);
        let rows: BTreeSet<String> = names.collect();
        let rows: Vec<BTreeMap<&str, String>> =
            rows.into_iter().map(|name| BTreeMap::from([("{#DATABASE}", name)])).collect();
        self.discovery("posemo.discovery.databases", check, &rows);
    }

    fn objects(&mut self, check: &str, reports: &[&CheckReport]) {
        let has_holes = |report: &&CheckReport| {
            let unknown = report.findings.iter().any(|finding| finding.state == State::Unknown);
            unknown || report.error.is_some() || report.skipped.is_some()
        };
        let rows: BTreeSet<[String; 2]> = reports
            .iter()
            .flat_map(|report| report.metrics.iter().map(|metric| place(report, metric)))
            .collect();
        if rows.is_empty() || reports.iter().any(has_holes) {
            return;
        }
        let row = |[database, object]: [String; 2]| {
            let place = shown(&database, &object);
            BTreeMap::from([("{#DATABASE}", database), ("{#OBJECT}", object), ("{#PLACE}", place)])
        };
        let rows: Vec<_> = rows.into_iter().map(row).collect();
        self.discovery("posemo.discovery.objects", check, &rows);
    }

    fn metric(&mut self, check: &str, report: &CheckReport, metric: &Metric) {
        if !metric.value.is_finite() {
            self.no_numbers += 1;
            return;
        }
        let [database, object] = place(report, metric);
        let parameters = [check, &spelled(&metric.name), &database, &object];
        self.discovered("posemo.metric", &parameters, number(metric.value));
    }

    fn discovery(&mut self, name: &str, check: &str, rows: &[BTreeMap<&str, String>]) {
        let rows = serde_json::to_string(rows).expect("texts are always JSON");
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

    fn value(&self, name: &str, parameters: &[&str], value: String, discovered: bool) -> Value {
        Value { host: self.host.clone(), key: key(name, parameters), value, discovered }
    }

    /// Of several values for one key at one time Zabbix would keep any; here it is the first.
    fn finish(self) -> Items {
        let mut values = [self.discovery, self.known, self.discovered].concat();
        let all = values.len();
        let mut seen = BTreeSet::new();
        values.retain(|value| seen.insert((value.host.clone(), value.key.clone())));
        Items { repeated: all - values.len(), values, no_numbers: self.no_numbers }
    }
}

fn place(report: &CheckReport, metric: &Metric) -> [String; 2] {
    [report.database.as_deref(), metric.object.as_deref()].map(|name| spelled(name.unwrap_or("")))
}

/// Where a number is from, as it ends the names of items and triggers, which have 255 characters.
fn shown(database: &str, object: &str) -> String {
    let short = |name: &str| name.chars().take(50).collect::<String>();
    match (database, object) {
        ("", "") => String::new(),
        ("", object) => format!(" of {}", short(object)),
        (database, "") => format!(" ({})", short(database)),
        (database, object) => format!(" of {} ({})", short(object), short(database)),
    }
}

/// Digits where these are few, an exponent elsewhere: Zabbix reads both.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        1e-5..1e15 => value.to_string(),
        _ => format!("{value:e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_written_so_that_nothing_is_lost() {
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
