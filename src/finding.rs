//! States, findings and metrics: the waist between judging and saying.
//!
//! Nothing here knows where a finding came from or in which format it will be said.

use std::collections::BTreeMap;

pub mod report;

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
    /// All of them, in the order of their exit codes.
    pub const ALL: [State; 4] = [State::Ok, State::Warning, State::Critical, State::Unknown];

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
