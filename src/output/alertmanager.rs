//! Says a report as alerts for Alertmanager: the array that its API takes.
//!
//! An alert is made for every problem and for nothing else; what is over is not said here, as a report does
//! not know what was before it.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::labels::Labels;
use super::remark::{Remark, name, remarks, summary};
use crate::finding::State;
use crate::finding::metric::Metric;
use crate::finding::report::{CheckReport, Report, TargetReport};
use crate::text::visible::visible;

pub mod labels;

/// The name of the alert that a check could not be judged.
pub const CHECK_UNKNOWN: &str = "PosemoCheckUnknown";

/// The name of the alert that a target could not be asked.
pub const TARGET_UNKNOWN: &str = "PosemoTargetUnknown";

/// Numbers that are said of one alert.
const MOST_VALUES: usize = 8;

/// Characters of a description, which mails and chats cut anyway.
const LONGEST_DESCRIPTION: usize = 4000;

/// For how long an alert is true where no receiver says it: four times five minutes.
const LIFETIME: Duration = Duration::from_secs(20 * 60);

/// An alert, as Alertmanager takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Alert {
    /// What it is: two alerts with the same labels are the same one.
    pub labels: BTreeMap<String, String>,
    /// What else there is to say; it may change from run to run.
    pub annotations: BTreeMap<String, String>,
    /// Since when.
    pub starts_at: Timestamp,
    /// When it is over, if nobody says it again.
    pub ends_at: Timestamp,
}

/// What the receiver has a say in.
#[derive(Debug, Clone)]
pub struct Manner<'a> {
    /// Labels that every alert is given.
    pub labels: Vec<(&'a str, &'a str)>,
    /// What targets are called, where they are not called the same.
    pub hosts: HashMap<&'a str, &'a str>,
    /// For how long an alert is true.
    pub lifetime: Duration,
}

impl Default for Manner<'_> {
    fn default() -> Self {
        Manner { labels: Vec::new(), hosts: HashMap::new(), lifetime: LIFETIME }
    }
}

impl Manner<'_> {
    /// The label `instance` of a target.
    pub fn instance(&self, target: &TargetReport) -> String {
        let name = name(target);
        labels::value(self.hosts.get(name).unwrap_or(&name))
    }
}

/// Says the alerts as JSON, one a line, in one array.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let alerts = alerts(report, &Manner::default(), end(report));
    let lines = alerts.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    writeln!(out, "[{}]", lines.join(",\n"))
}

/// When the report was finished.
pub fn end(report: &Report) -> Timestamp {
    report.started.checked_add(report.duration).unwrap_or(report.started)
}

/// The alerts of a report, no two of them with the same labels.
pub fn alerts(report: &Report, manner: &Manner<'_>, now: Timestamp) -> Vec<Alert> {
    let ends_at = now.checked_add(manner.lifetime).unwrap_or(Timestamp::MAX);
    let mut alerts = Vec::new();
    let mut seen = HashMap::<BTreeMap<String, String>, u32>::new();
    let said = report.targets.iter().flat_map(|target| of_target(target, manner));
    for (mut labels, annotations) in said {
        let count = seen.entry(labels.clone()).or_default();
        *count += 1;
        if *count > 1 {
            labels.insert("number".to_owned(), count.to_string());
        }
        alerts.push(Alert { labels, annotations, starts_at: now, ends_at });
    }
    alerts
}

type Said = (BTreeMap<String, String>, BTreeMap<String, String>);

fn of_target(target: &TargetReport, manner: &Manner<'_>) -> Vec<Said> {
    let mut labels = Labels::new(&manner.labels);
    labels.set("job", "posemo");
    let instance = manner.instance(target);
    labels.set("instance", &instance);
    let mut said = Vec::new();
    if let Some(error) = &target.error {
        let mut labels = labels.clone();
        labels.set("alertname", TARGET_UNKNOWN);
        labels.set("severity", State::Unknown.name());
        let text = format!("{instance} could not be asked");
        said.push((labels.done(), annotations(&text, error, None)));
    }
    for check in &target.checks {
        said.extend(of_check(check, &instance, &labels));
    }
    said
}

fn of_check(check: &CheckReport, instance: &str, target: &Labels) -> Vec<Said> {
    let problems = remarks(check).into_iter().filter(|remark| remark.state != State::Ok);
    let problems = problems.map(|remark| {
        let mut labels = target.clone();
        labels.set("check", &check.check);
        labels.set("database", check.database.as_deref().unwrap_or_default());
        labels.set("severity", remark.state.name());
        match remark.state {
            State::Unknown => labels.set("alertname", CHECK_UNKNOWN),
            _ => labels.set("alertname", &labels::alertname(&check.check)),
        }
        if let Some(finding) = remark.finding {
            labels.set("object", finding.object.as_deref().unwrap_or_default());
            labels.add(&finding.labels);
        }
        (labels.done(), about(check, instance, &remark))
    });
    problems.collect()
}

/// The summary names the target, too: where alerts are listed, it is often all that is shown.
fn about(check: &CheckReport, instance: &str, remark: &Remark<'_>) -> BTreeMap<String, String> {
    let place = check.database.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
    let headline = format!("{instance}: {}{place}: {}", check.check, remark.text);
    let description = match remark.finding.and_then(|finding| finding.description.as_deref()) {
        Some(description) => description.to_owned(),
        None if remark.finding.is_none() => summary(check),
        None => format!("posemo explain {} says what to do", check.check),
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

/// `used 96 percent`; a number without a unit is a number.
fn value(metric: &Metric) -> String {
    let unit = match metric.unit.name() {
        "none" | "count" => String::new(),
        unit => format!(" {unit}"),
    };
    format!("{} {}{unit}", visible(&metric.name), metric.value)
}

/// Lines stay lines; whatever else could move a cursor is spelled out.
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

    /// To Alertmanager they would be one alert, and the first of them lost.
    #[test]
    fn problems_with_the_same_labels_are_told_apart() {
        let check = CheckReport {
            check: "superusers".to_owned(),
            database: None,
            summary: String::new(),
            duration: Duration::ZERO,
            // An object without a name is none.
            findings: [None, Some(""), None, Some("b")]
                .map(|name| Finding::new(State::Warning, "x").about(name.map(str::to_owned)))
                .into(),
            metrics: Vec::new(),
            error: None,
            skipped: None,
        };
        let target = TargetReport { checks: vec![check], ..TargetReport::default() };
        let report = Report {
            started: Timestamp::UNIX_EPOCH,
            duration: Duration::ZERO,
            targets: vec![target],
        };
        let alerts = alerts(&report, &Manner::default(), Timestamp::UNIX_EPOCH);
        let number = |alert: &Alert| alert.labels.get("number").cloned().unwrap_or_default();
        assert_eq!(alerts.iter().map(number).collect::<Vec<_>>(), ["", "2", "3", ""]);
        assert!(alerts.iter().all(|alert| alert.labels["instance"] == "(no name)"));
    }
}
