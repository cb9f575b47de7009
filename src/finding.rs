//! States, findings and metrics: the waist between judging and saying.
//!
//! Nothing here knows where a finding came from or in which format it will be said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub mod metric;
pub mod range;
pub mod report;

/// The four states of the monitoring plugin interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

/// The eight severities of syslog (RFC 5424), which Percona's advisors use, the most severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "RFC 5424 defines them")]
pub enum Severity {
    Emergency,
    Alert,
    Critical,
    Error,
    Warning,
    Notice,
    Info,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
