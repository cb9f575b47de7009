//! States, findings, metrics and the report that holds them: the waist between judging and saying.
//!
//! Nothing here knows where a finding came from or in which format it will be said.

use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest, Sha256};

/// The four states of the monitoring plugin interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing to do.
    Ok,
    /// Somebody should look soon.
    Warning,
    /// Somebody should look now.
    Critical,
    /// It could not be found out.
    Unknown,
}

impl State {
    /// The exit code of the plugin interface: 0, 1, 2 or 3.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    /// The word for machines: `ok`, `warning`, `critical` or `unknown`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Unknown => "unknown",
        }
    }

    /// The word for people and for plugin lines, in capitals.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// How bad a state is, the worst first: Critical, Warning, Unknown, Ok.
    ///
    /// Unknown ranks below Warning, as in `max_state` of the Monitoring Plugins: a known problem must
    /// not hide behind one that could not be looked for.
    pub fn rank(self) -> u8 {
        match self {
            Self::Critical => 0,
            Self::Warning => 1,
            Self::Unknown => 2,
            Self::Ok => 3,
        }
    }

    /// The worst of several states; Ok where there are none.
    pub fn worst(states: impl IntoIterator<Item = State>) -> State {
        states.into_iter().min_by_key(|state| state.rank()).unwrap_or(State::Ok)
    }
}

/// The eight severities of Percona's advisors, the most severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// As in syslog.
    Emergency,
    /// As in syslog.
    Alert,
    /// As in syslog.
    Critical,
    /// As in syslog.
    Error,
    /// As in syslog.
    Warning,
    /// As in syslog.
    Notice,
    /// As in syslog.
    Info,
    /// As in syslog.
    Debug,
}

impl Severity {
    /// All of them, the most severe first.
    pub const ALL: [Severity; 8] = [
        Self::Emergency,
        Self::Alert,
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Notice,
        Self::Info,
        Self::Debug,
    ];

    /// The severity of that name, in any case and with blanks around it, as Percona's engine reads it.
    pub fn parse(text: &str) -> Option<Severity> {
        let text = text.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|severity| severity.name() == text)
    }

    /// The name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Alert => "alert",
            Self::Critical => "critical",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }

    /// The state it amounts to: the four above warning are Critical, the three below it are Ok, shown.
    pub fn state(self) -> State {
        match self {
            Self::Emergency | Self::Alert | Self::Critical | Self::Error => State::Critical,
            Self::Warning => State::Warning,
            Self::Notice | Self::Info | Self::Debug => State::Ok,
        }
    }
}

/// What a server is at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Accepts writes.
    Primary,
    /// Is in recovery.
    Standby,
}

impl Role {
    /// `primary` or `standby`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Standby => "standby",
        }
    }
}

/// One thing that a judge has to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The state it amounts to.
    pub state: State,
    /// The severity, where a script gave one; else that of the state.
    pub severity: Severity,
    /// What it is about, where it is about one thing.
    pub object: Option<String>,
    /// One line.
    pub summary: String,
    /// More lines.
    pub description: Option<String>,
    /// Where to read on.
    pub read_more_url: Option<String>,
    /// A script's labels.
    pub labels: BTreeMap<String, String>,
}

impl Finding {
    /// A finding of a state with a line of text, and nothing else.
    pub fn new(state: State, summary: impl Into<String>) -> Finding {
        let severity = match state {
            State::Ok => Severity::Info,
            State::Warning => Severity::Warning,
            State::Critical => Severity::Critical,
            State::Unknown => Severity::Error,
        };
        Finding {
            state,
            severity,
            object: None,
            summary: summary.into(),
            description: None,
            read_more_url: None,
            labels: BTreeMap::new(),
        }
    }

    /// The same finding, about an object.
    #[must_use]
    pub fn about(mut self, object: Option<String>) -> Finding {
        self.object = object;
        self
    }
}

/// What a metric's number counts. Base units only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number without a unit.
    None,
    /// 0 to 100.
    Percent,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
    /// How many.
    Count,
    /// 0 to 1.
    Ratio,
}

impl Unit {
    /// All of them.
    pub const ALL: [Unit; 6] =
        [Self::None, Self::Percent, Self::Bytes, Self::Seconds, Self::Count, Self::Ratio];

    /// The name, as in `check.toml` and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Percent => "percent",
            Self::Bytes => "bytes",
            Self::Seconds => "seconds",
            Self::Count => "count",
            Self::Ratio => "ratio",
        }
    }
}

/// Whether a metric goes up and down or only up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Only grows, until its statistics are reset.
    Counter,
}

impl Kind {
    /// `gauge` or `counter`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
        }
    }
}

/// One number, and the ranges it was held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// The column.
    pub name: String,
    /// What it is about, where it is about one thing.
    pub object: Option<String>,
    /// The number, in the unit.
    pub value: f64,
    /// What the number counts.
    pub unit: Unit,
    /// Gauge or counter.
    pub kind: Kind,
    /// The range in force for Warning, as written.
    pub warning: Option<String>,
    /// The range in force for Critical, as written.
    pub critical: Option<String>,
}

/// Why a check was not asked although nothing is broken, or is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// The server's major version does not have what it asks for.
    Version,
    /// It is for a primary, and this is a standby, or the other way round.
    Role,
    /// Its function is not on the server.
    NotInstalled,
}

impl Skip {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Role => "role",
            Self::NotInstalled => "not_installed",
        }
    }
}

/// What one check said, once for the cluster or once for a database.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckReport {
    /// The check's name.
    pub check: String,
    /// The database, for a check of scope `database` judged by thresholds.
    pub database: Option<String>,
    /// One line.
    pub summary: String,
    /// How long asking and judging took.
    pub duration: Duration,
    /// What the judge found, the worst first.
    pub findings: Vec<Finding>,
    /// The numbers.
    pub metrics: Vec<Metric>,
    /// Why it could not be found out; the state is Unknown then.
    pub error: Option<String>,
    /// Why it was not asked.
    pub skipped: Option<Skip>,
}

impl CheckReport {
    /// The worst of the findings; Unknown at the least where there is an error.
    pub fn state(&self) -> State {
        let failed = self.error.as_ref().map(|_| State::Unknown);
        State::worst(self.findings.iter().map(|finding| finding.state).chain(failed))
    }
}

/// What one server said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TargetReport {
    /// The target's name in the configuration, or how it was reached.
    pub target: String,
    /// The host or socket directory that answered, or was tried.
    pub host: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// `server_version` without the packager's addition.
    pub server_version: Option<String>,
    /// Primary or standby.
    pub role: Option<Role>,
    /// Why it could not be asked at all; the state is Unknown then.
    pub error: Option<String>,
    /// What its checks said.
    pub checks: Vec<CheckReport>,
}

impl TargetReport {
    /// The worst of the checks; Unknown at the least where there is an error.
    pub fn state(&self) -> State {
        let failed = self.error.as_ref().map(|_| State::Unknown);
        State::worst(self.checks.iter().map(CheckReport::state).chain(failed))
    }
}

/// A whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// When it began, as RFC 3339 in UTC.
    pub started: String,
    /// How long it took.
    pub duration: Duration,
    /// What each server said, in the order of asking.
    pub targets: Vec<TargetReport>,
}

impl Report {
    /// The worst of the targets.
    pub fn state(&self) -> State {
        State::worst(self.targets.iter().map(TargetReport::state))
    }
}

/// The ids of a check's findings: stable from run to run, and never equal within one check.
///
/// Made of target, database, check, object and labels. The text is left out, as it holds numbers that
/// change. Findings that agree in all of these are told apart by their order.
pub fn ids(target: &str, report: &CheckReport) -> Vec<String> {
    let mut seen = BTreeMap::<String, u32>::new();
    report
        .findings
        .iter()
        .map(|finding| {
            let mut hash = Sha256::new();
            let labels = finding.labels.iter().flat_map(|(key, value)| [key, value]);
            let fixed = [target, report.database.as_deref().unwrap_or(""), &report.check];
            let object = finding.object.as_deref().unwrap_or("");
            for part in fixed.into_iter().chain([object]).chain(labels.map(String::as_str)) {
                hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
                hash.update(part);
            }
            let id = hash.finalize()[..8]
                .iter()
                .fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
            let count = seen.entry(id.clone()).or_default();
            *count += 1;
            if *count == 1 { id } else { format!("{id}-{count}") }
        })
        .collect()
}
