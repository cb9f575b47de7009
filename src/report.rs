//! Format 1 of a report: the objects that the `json` and `ndjson` formats write, and that programs read.
//!
//! `schema/report-1.schema.json` documents each key. Reading a written report returns it with two differences: the time
//! is exact to the second, and the value of a metric that was not finite is `NaN`.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::finding::metric::{Metric, MetricKind, Unit};
use crate::finding::range::Range;
use crate::finding::report::{CheckReport, Report, ServerRole, Skip, TargetReport, ids};
use crate::finding::{Finding, State, to_the_second};

pub mod baseline;

/// The version of the format.
pub const FORMAT: u32 = 1;

/// Why a text is not a report of format 1.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The text is not JSON, or has other keys or types.
    #[error("the report cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// The report has another format version.
    #[error("the report has format {0}; this posemo reads format {FORMAT}")]
    Format(u32),
    /// The file cannot be read.
    #[error("cannot read the report {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file is larger than a report can be.
    #[error("the report {} has more than 256 MiB: name a file of --output json", path.display())]
    Large {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a report.
    #[error("{}: name a file that posemo run --output json wrote", path.display())]
    Baseline {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Box<ReportError>,
    },
    /// A duration is negative or too large.
    #[error("the report has a duration of {0} s; a duration is between 0 and 1.8e19 s")]
    Duration(f64),
}

/// Reads a report that the `json` format wrote.
pub fn read(text: &[u8]) -> Result<Report, ReportError> {
    #[derive(Deserialize)]
    struct FormatVersion {
        format: u32,
    }
    let FormatVersion { format } = serde_json::from_slice(text)?;
    if format != FORMAT {
        return Err(ReportError::Format(format));
    }
    serde_json::from_slice::<ReportObject>(text)?.try_into()
}

/// A whole report.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReportObject {
    format: u32,
    posemo: String,
    #[serde(serialize_with = "to_the_second")]
    started: Timestamp,
    duration_seconds: f64,
    state: State,
    targets: Vec<TargetObject<Vec<CheckObject>>>,
}

/// A target, with its checks (`json`) or their number (`ndjson`).
#[derive(Debug, Serialize, Deserialize)]
pub struct TargetObject<Checks> {
    target: String,
    host: Option<String>,
    port: Option<u16>,
    server_version: Option<String>,
    role: Option<ServerRole>,
    #[serde(default)]
    profile: Option<String>,
    state: State,
    error: Option<String>,
    #[serde(default)]
    no_answer: Option<State>,
    checks: Checks,
}

/// A check, with its findings and metrics.
#[derive(Debug, Serialize, Deserialize)]
pub struct CheckObject {
    check: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    topic: String,
    database: Option<String>,
    state: State,
    summary: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interval_seconds: Option<u64>,
    duration_seconds: f64,
    findings: Vec<FindingObject>,
    metrics: Vec<MetricObject>,
    error: Option<String>,
    skipped: Option<Skip>,
}

/// A finding with its id.
#[derive(Debug, Serialize, Deserialize)]
pub struct FindingObject {
    id: String,
    #[serde(flatten)]
    finding: Finding,
}

/// A metric; the value is `null` if it is not finite.
#[derive(Debug, Serialize, Deserialize)]
pub struct MetricObject {
    name: String,
    object: Option<String>,
    value: Option<f64>,
    unit: Unit,
    kind: MetricKind,
    warning: Option<Range>,
    critical: Option<Range>,
}

impl From<&Report> for ReportObject {
    fn from(report: &Report) -> ReportObject {
        let target = |target: &TargetReport| {
            let checks = target.checks.iter().map(|check| CheckObject::new(&target.target, check));
            TargetObject::new(target, checks.collect())
        };
        ReportObject {
            format: FORMAT,
            posemo: env!("CARGO_PKG_VERSION").to_owned(),
            started: report.started,
            duration_seconds: report.duration.as_secs_f64(),
            state: report.state(),
            targets: report.targets.iter().map(target).collect(),
        }
    }
}

impl<Checks> TargetObject<Checks> {
    /// The target with these checks.
    pub fn new(target: &TargetReport, checks: Checks) -> TargetObject<Checks> {
        TargetObject {
            target: target.target.clone(),
            host: target.host.clone(),
            port: target.port,
            server_version: target.server_version.clone(),
            role: target.role,
            profile: target.profile.clone(),
            state: target.state(),
            error: target.error.clone(),
            no_answer: target.no_answer,
            checks,
        }
    }
}

impl CheckObject {
    /// The check, with the ids of its findings.
    pub fn new(target: &str, check: &CheckReport) -> CheckObject {
        let findings = ids(target, check).into_iter().zip(&check.findings);
        CheckObject {
            check: check.check.clone(),
            topic: check.topic.clone(),
            database: check.database.clone(),
            state: check.state(),
            summary: check.summary.clone(),
            at: check.at,
            interval_seconds: check.interval.map(|interval| interval.as_secs()),
            duration_seconds: check.duration.as_secs_f64(),
            findings: findings.map(|(id, finding)| FindingObject::new(id, finding)).collect(),
            metrics: check.metrics.iter().map(MetricObject::from).collect(),
            error: check.error.clone(),
            skipped: check.skipped,
        }
    }
}

impl FindingObject {
    /// The finding with its id.
    pub fn new(id: String, finding: &Finding) -> FindingObject {
        FindingObject { id, finding: finding.clone() }
    }
}

impl From<&Metric> for MetricObject {
    fn from(metric: &Metric) -> MetricObject {
        let Metric { name, object, value, unit, kind, warning, critical } = metric.clone();
        let value = Some(value).filter(|value| value.is_finite());
        MetricObject { name, object, value, unit, kind, warning, critical }
    }
}

impl TryFrom<ReportObject> for Report {
    type Error = ReportError;

    fn try_from(report: ReportObject) -> Result<Report, ReportError> {
        Ok(Report {
            started: report.started,
            duration: duration(report.duration_seconds)?,
            targets: report.targets.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
        })
    }
}

impl TryFrom<TargetObject<Vec<CheckObject>>> for TargetReport {
    type Error = ReportError;

    fn try_from(target: TargetObject<Vec<CheckObject>>) -> Result<TargetReport, ReportError> {
        Ok(TargetReport {
            target: target.target,
            host: target.host,
            port: target.port,
            server_version: target.server_version,
            role: target.role,
            server_start: None,
            profile: target.profile,
            error: target.error,
            no_answer: target.no_answer,
            checks: target
                .checks
                .into_iter()
                .map(CheckReport::try_from)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl TryFrom<CheckObject> for CheckReport {
    type Error = ReportError;

    fn try_from(check: CheckObject) -> Result<CheckReport, ReportError> {
        Ok(CheckReport {
            check: check.check,
            topic: check.topic,
            database: check.database,
            summary: check.summary,
            at: check.at,
            interval: check.interval_seconds.map(Duration::from_secs),
            duration: duration(check.duration_seconds)?,
            findings: check.findings.into_iter().map(|one| one.finding).collect(),
            metrics: check.metrics.into_iter().map(Metric::from).collect(),
            error: check.error,
            skipped: check.skipped,
        })
    }
}

impl From<MetricObject> for Metric {
    fn from(metric: MetricObject) -> Metric {
        let MetricObject { name, object, value, unit, kind, warning, critical } = metric;
        Metric { name, object, value: value.unwrap_or(f64::NAN), unit, kind, warning, critical }
    }
}

fn duration(seconds: f64) -> Result<Duration, ReportError> {
    Duration::try_from_secs_f64(seconds).map_err(|_| ReportError::Duration(seconds))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::finding::{Severity, Since, Suppressed};

    /// The report has a value of every kind.
    #[test]
    fn a_report_is_the_same_after_writing_and_reading() {
        let mut check = CheckReport::new("replication_lag", Some("app".to_owned()));
        check.duration = Duration::from_millis(12);
        check.at = "2026-11-20T09:59:59.25Z".parse().ok();
        check.interval = Some(Duration::from_secs(300));
        check.findings = Severity::ALL
            .into_iter()
            .map(|severity| Finding {
                severity,
                labels: BTreeMap::from([("object".to_owned(), "standby".to_owned())]),
                read_more_url: Some("https://example.org".to_owned()),
                references: ["CIS 4.3".to_owned()].into(),
                since: Some(Since {
                    time: "2026-11-19T10:00:00Z".parse().expect("it is a time"),
                    new: false,
                }),
                suppressed: (severity == Severity::Notice).then(|| {
                    Box::new(Suppressed {
                        name: "known".to_owned(),
                        state: State::Warning,
                        reason: "planned".to_owned(),
                        author: "dba".to_owned(),
                        until: "2027-03-31".to_owned(),
                    })
                }),
                ..Finding::new(severity.state(), "late").about(Some("standby".to_owned()))
            })
            .collect();
        check.metrics = Unit::ALL
            .into_iter()
            .map(|unit| Metric {
                unit,
                kind: MetricKind::Counter,
                warning: "@~:1e3".parse().ok(),
                ..Metric::count("lag", -0.1)
            })
            .collect();
        let skipped =
            CheckReport { skipped: Some(Skip::NotInstalled), ..CheckReport::new("alive", None) };
        let failed = CheckReport { error: Some("failed".to_owned()), ..skipped.clone() };
        let target = TargetReport {
            target: "db1".to_owned(),
            port: Some(5432),
            role: Some(ServerRole::Standby),
            profile: Some("bsi".to_owned()),
            checks: vec![check, skipped, failed].into(),
            ..TargetReport::default()
        };
        let started = "2026-11-20T10:00:00Z".parse().expect("it is a time");
        let report =
            Report { started, duration: Duration::from_millis(1500), targets: vec![target] };
        let text = serde_json::to_vec(&ReportObject::from(&report)).expect("it is JSON");
        assert_eq!(read(&text).expect("it was written so"), report);
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, expected) in [
            ("", "EOF"),
            ("{}", "missing field `format`"),
            (r#"{"format": 2}"#, "has format 2; this posemo reads format 1"),
            (r#"{"format": 1}"#, "missing field"),
            (
                r#"{"format":1,"posemo":"","started":"2026-11-20T10:00:00Z","duration_seconds":-1,"state":"ok","targets":[]}"#,
                "a duration of -1 s",
            ),
        ] {
            let error = read(text.as_bytes()).expect_err(text).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
