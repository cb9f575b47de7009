//! Writes a report as alerts for Alertmanager: the array that its API reads.
//!
//! Each problem makes an alert. Alerts that end are made by the receiver, because a report does not know earlier runs.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::labels::AlertLabels;
use super::remark::{Remark, remarks, summary, target_name};
use crate::finding::State;
use crate::finding::metric::Metric;
use crate::finding::report::{CheckReport, OWN, Report, TargetReport};
use crate::text::visible::visible;

pub mod labels;

/// The name of the alert for a check that failed.
pub const CHECK_UNKNOWN: &str = "PosemoCheckUnknown";

/// The name of the alert for a target that could not be queried.
pub const TARGET_UNKNOWN: &str = "PosemoTargetUnknown";

/// The name of the alert for a server that does not answer. It is the only alert of its target that begins then.
pub const TARGET_DOWN: &str = "PosemoTargetDown";

/// The name of the alert that always fires.
pub const WATCHDOG: &str = "PosemoWatchdog";

/// The name of the alert about a target as a whole, such as a database without checks.
const TARGET_PROBLEM: &str = "PosemoTarget";

/// The maximum number of metrics in the annotations of one alert.
const MOST_VALUES: usize = 8;

/// The maximum length of a description in characters; mails and chats show less.
const LONGEST_DESCRIPTION: usize = 4000;

/// The validity of an alert without a receiver: four times five minutes.
const LIFETIME: Duration = Duration::from_secs(20 * 60);

/// An alert, as Alertmanager reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Alert {
    /// The identity of the alert: Alertmanager treats alerts with the same labels as one.
    pub labels: BTreeMap<String, String>,
    /// The texts; they may change from run to run.
    pub annotations: BTreeMap<String, String>,
    /// The start of the alert.
    pub starts_at: Timestamp,
    /// The end of the alert, unless it is sent again before.
    pub ends_at: Timestamp,
}

/// The settings of the receiver that change alerts.
#[derive(Debug, Clone)]
pub struct AlertOptions<'a> {
    /// Labels that are added to each alert.
    pub labels: Vec<(&'a str, &'a str)>,
    /// Other names of targets.
    pub hosts: HashMap<&'a str, &'a str>,
    /// The validity of an alert.
    pub lifetime: Duration,
}

impl Default for AlertOptions<'_> {
    fn default() -> Self {
        AlertOptions { labels: Vec::new(), hosts: HashMap::new(), lifetime: LIFETIME }
    }
}

impl AlertOptions<'_> {
    /// The label `instance` of a target.
    pub fn instance(&self, target: &TargetReport) -> String {
        let name = target_name(target);
        labels::value(self.hosts.get(name).unwrap_or(&name))
    }
}

/// Writes the alerts as a JSON array with one alert in each line.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let alerts = alerts(report, &AlertOptions::default(), end(report));
    let lines = alerts.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    writeln!(out, "[{}]", lines.join(",\n"))
}

/// The time at which the run ended.
pub fn end(report: &Report) -> Timestamp {
    report.started.checked_add(report.duration).unwrap_or(report.started)
}

/// The alert that always fires. Its end shows that posemo does not run.
pub fn watchdog(options: &AlertOptions<'_>, now: Timestamp) -> Alert {
    let mut labels = AlertLabels::new(&options.labels);
    for (name, text) in [("alertname", WATCHDOG), ("job", "posemo"), ("severity", "none")] {
        labels.set(name, text);
    }
    let texts = [
        ("summary", "posemo runs"),
        (
            "description",
            "This alert always fires. If it ends, posemo does not run, or does not reach this Alertmanager.",
        ),
    ];
    Alert {
        labels: labels.into_map(),
        annotations: texts.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
        starts_at: now,
        ends_at: now.checked_add(options.lifetime).unwrap_or(Timestamp::MAX),
    }
}

/// The alerts of a report, each with different labels.
pub fn alerts(report: &Report, options: &AlertOptions<'_>, now: Timestamp) -> Vec<Alert> {
    let ends_at = now.checked_add(options.lifetime).unwrap_or(Timestamp::MAX);
    let mut alerts = Vec::new();
    let mut seen = HashMap::<BTreeMap<String, String>, u32>::new();
    let unnumbered = report.targets.iter().flat_map(|target| target_alerts(target, options));
    for (mut labels, annotations) in unnumbered {
        let count = seen.entry(labels.clone()).or_default();
        *count += 1;
        if *count > 1 {
            labels.insert("number".to_owned(), count.to_string());
        }
        alerts.push(Alert { labels, annotations, starts_at: now, ends_at });
    }
    alerts
}

/// The labels and the annotations of an alert.
type AlertTexts = (BTreeMap<String, String>, BTreeMap<String, String>);

fn target_alerts(target: &TargetReport, options: &AlertOptions<'_>) -> Vec<AlertTexts> {
    let mut labels = AlertLabels::new(&options.labels);
    labels.set("job", "posemo");
    let instance = options.instance(target);
    labels.set("instance", &instance);
    let mut alerts = Vec::new();
    if let Some((state, error)) = target.failure() {
        let mut labels = labels.clone();
        let (name, text) = match target.no_answer {
            Some(_) => (TARGET_DOWN, format!("{instance} does not answer")),
            None => (TARGET_UNKNOWN, format!("{instance} could not be queried")),
        };
        labels.set("alertname", name);
        labels.set("severity", state.name());
        alerts.push((labels.into_map(), annotations(&text, error, None)));
    }
    for check in target.checks.iter().filter(|check| !target.repeats_failure(check)) {
        alerts.extend(check_alerts(check, &instance, &labels));
    }
    alerts
}

fn check_alerts(check: &CheckReport, instance: &str, target: &AlertLabels) -> Vec<AlertTexts> {
    let problems = remarks(check).into_iter().filter(|remark| remark.state != State::Ok);
    let problems = problems.map(|remark| {
        let mut labels = target.clone();
        labels.set("check", &check.check);
        labels.set("database", check.database.as_deref().unwrap_or_default());
        labels.set("severity", remark.state.name());
        match remark.state {
            State::Unknown => labels.set("alertname", CHECK_UNKNOWN),
            _ if check.check == OWN => labels.set("alertname", TARGET_PROBLEM),
            _ => labels.set("alertname", &labels::alertname(&check.check)),
        }
        if let Some(finding) = remark.finding {
            labels.set("object", finding.object.as_deref().unwrap_or_default());
            labels.add(&finding.labels);
        }
        (labels.into_map(), remark_annotations(check, instance, &remark))
    });
    problems.collect()
}

/// The summary names the target too: lists of alerts often show nothing else.
fn remark_annotations(
    check: &CheckReport,
    instance: &str,
    remark: &Remark<'_>,
) -> BTreeMap<String, String> {
    let database = check.database.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
    let headline = format!("{instance}: {}{database}: {}", check.check, remark.text);
    let description = match remark.finding.and_then(|finding| finding.description.as_deref()) {
        Some(description) => description.to_owned(),
        None if remark.finding.is_none() => summary(check),
        None => format!("posemo explain {} shows what to do", check.check),
    };
    let url = remark.finding.and_then(|finding| finding.read_more_url.as_deref());
    let mut annotations = annotations(&headline, &description, url);
    let object = remark.finding.and_then(|finding| finding.object.as_deref());
    let metrics = check.metrics.iter().filter(|metric| metric.object.as_deref() == object);
    let values: Vec<String> = metrics.take(MOST_VALUES).map(value).collect();
    if !values.is_empty() {
        annotations.insert("value".to_owned(), values.join(", "));
    }
    annotations
}

/// A metric for people: `used 96 %`.
fn value(metric: &Metric) -> String {
    format!("{} {}", visible(&metric.name), metric.unit.amount(metric.value))
}

/// Line ends of the description remain; other characters that are not plain are spelled out.
fn annotations(summary: &str, description: &str, url: Option<&str>) -> BTreeMap<String, String> {
    let lines = description.lines().map(|line| visible(line.trim_end()));
    let description: String = lines.collect::<Vec<_>>().join("\n");
    let description: String = description.trim().chars().take(LONGEST_DESCRIPTION).collect();
    let all = [
        ("summary", visible(summary)),
        ("description", description),
        ("runbook_url", visible(url.unwrap_or_default())),
    ];
    let all = all.into_iter().filter(|(_, text)| !text.trim().is_empty());
    all.map(|(name, text)| (name.to_owned(), text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;

    /// Alertmanager would treat them as one alert, and drop the first.
    #[test]
    fn problems_with_the_same_labels_get_a_number() {
        let check = CheckReport {
            // An empty name of an object makes no label.
            findings: [None, Some(""), None, Some("b")]
                .map(|name| Finding::new(State::Warning, "x").about(name.map(str::to_owned)))
                .into(),
            ..CheckReport::new("superusers", None)
        };
        let target = TargetReport { checks: vec![check].into(), ..TargetReport::default() };
        let report = Report {
            started: Timestamp::UNIX_EPOCH,
            duration: Duration::ZERO,
            targets: vec![target],
        };
        let alerts = alerts(&report, &AlertOptions::default(), Timestamp::UNIX_EPOCH);
        let number = |alert: &Alert| alert.labels.get("number").cloned().unwrap_or_default();
        assert_eq!(alerts.iter().map(number).collect::<Vec<_>>(), ["", "2", "3", ""]);
        assert!(alerts.iter().all(|alert| alert.labels["instance"] == "(no name)"));
    }
}
