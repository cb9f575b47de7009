//! Reports of now, and receivers to send them to.
//!
//! What the reports say comes from the reports that every format is tested with.

use std::path::Path;
use std::time::Duration;

use crate::waiting::patience;
use indexmap::IndexMap;
use posemo::finding::metric::{Metric, MetricKind, Unit};
use posemo::finding::report::{CheckReport, Report, TargetReport};
use posemo::finding::{Finding, State};
use posemo::settings::receiver::{AlertmanagerSettings, HttpSettings, Receiver, ReceiverKind};

/// The report of that name, as if it had just been made: alerts of yesterday are over.
pub(super) fn fresh(name: &str) -> Report {
    now(crate::output::reports::report(name))
}

pub(super) fn now(report: Report) -> Report {
    // It ends now: no result is from the future.
    Report { started: jiff::Timestamp::now() - report.duration, ..report }
}

/// What one target says of replication, in one state; where it is Unknown, the check could not be asked.
pub(super) fn lag(state: State, seconds: f64) -> Report {
    let metric = Metric {
        name: "lag".to_owned(),
        object: Some("standby 1".to_owned()),
        value: seconds,
        unit: Unit::Seconds,
        kind: MetricKind::Gauge,
        warning: "60".parse().ok(),
        critical: "300".parse().ok(),
    };
    let text = format!("standby 1 is {seconds} s behind; \"größe\" | 50 % = a\\b");
    let finding = Finding {
        description: Some("First line\n\nThird line".to_owned()),
        read_more_url: Some("https://example.org/lag?a=1&b=2".to_owned()),
        ..Finding::new(state, text).about(Some("standby 1".to_owned()))
    };
    let unknown = state == State::Unknown;
    let check = CheckReport {
        check: "replication_lag".to_owned(),
        database: None,
        summary: "lag".to_owned(),
        duration: Duration::from_millis(2),
        findings: if matches!(state, State::Warning | State::Critical) {
            vec![finding]
        } else {
            vec![]
        },
        metrics: if unknown { vec![] } else { vec![metric] },
        error: unknown.then(|| "permission denied for schema posemo".to_owned()),
        skipped: None,
    };
    let target =
        TargetReport { target: "db1".to_owned(), checks: vec![check], ..TargetReport::default() };
    now(Report {
        started: jiff::Timestamp::UNIX_EPOCH,
        duration: Duration::from_millis(5),
        targets: vec![target],
    })
}

/// A cluster of Alertmanagers.
pub(super) fn alertmanagers(urls: &[String], directory: &Path) -> Receiver {
    let http = HttpSettings { urls: urls.to_vec(), ..HttpSettings::default() };
    let labels = IndexMap::from([("team".to_owned(), "dba".to_owned())]);
    let state_file = Some(directory.join("state/alerts.json"));
    Receiver {
        name: "am".to_owned(),
        kind: ReceiverKind::Alertmanager(AlertmanagerSettings { http, labels, state_file }),
        interval: Duration::from_secs(300),
        timeout: patience(),
        hosts: IndexMap::from([("db1".to_owned(), "db1.example".to_owned())]),
    }
}
