//! States, severities and findings: what judges return and formats write.
//!
//! It depends neither on the source of a finding nor on the format that writes it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use crate::text::time::second;

pub mod metric;
pub mod quantity;
pub mod range;
pub mod report;
pub mod shared;

/// The four states of the monitoring plugin interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// No problem.
    Ok,
    /// A problem to solve soon.
    Warning,
    /// A problem to solve now.
    Critical,
    /// The state could not be determined.
    Unknown,
}

impl State {
    /// All states, in the order of their exit codes.
    pub const ALL: [State; 4] = [State::Ok, State::Warning, State::Critical, State::Unknown];

    /// The state of a problem with this name; `None` for `ok` and other texts.
    pub fn of_problem(name: &str) -> Option<State> {
        Self::ALL.into_iter().find(|state| *state != Self::Ok && state.name() == name)
    }

    /// The exit code of the plugin interface: 0, 1, 2 or 3.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    /// The word for programs: `ok`, `warning`, `critical` or `unknown`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Unknown => "unknown",
        }
    }

    /// The word for people and for plugin output, in capitals.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The position of the state, the worst first: Critical, Warning, Unknown, Ok.
    ///
    /// Unknown comes after Warning, as in `max_state` of the Monitoring Plugins: a known problem must not hide behind
    /// a check that failed.
    pub fn rank(self) -> u8 {
        match self {
            Self::Critical => 0,
            Self::Warning => 1,
            Self::Unknown => 2,
            Self::Ok => 3,
        }
    }

    /// The worst of several states; Ok for an empty list.
    pub fn worst(states: impl IntoIterator<Item = State>) -> State {
        states.into_iter().min_by_key(|state| state.rank()).unwrap_or(State::Ok)
    }
}

/// The eight severities of syslog (RFC 5424), as in Percona's advisors, the most severe first.
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
    /// All severities, the most severe first.
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

    /// The severity with this name. As in Percona's engine, case and surrounding blanks do not matter.
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

    /// The state for this severity: the four above warning are Critical, the three below it are Ok.
    pub fn state(self) -> State {
        match self {
            Self::Emergency | Self::Alert | Self::Critical | Self::Error => State::Critical,
            Self::Warning => State::Warning,
            Self::Notice | Self::Info | Self::Debug => State::Ok,
        }
    }
}

/// One result of judging the rows of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The state.
    pub state: State,
    /// The severity that the script or the manifest gives, or the one for the state.
    pub severity: Severity,
    /// The object, such as a standby or a sequence, if the finding is about one.
    pub object: Option<String>,
    /// One line for people.
    pub summary: String,
    /// More lines for people.
    pub description: Option<String>,
    /// Where to read more: a URL or an absolute path.
    pub read_more_url: Option<String>,
    /// Names and values that the script or the label columns give.
    pub labels: BTreeMap<String, String>,
    /// Rules of security assessments that the check answers.
    #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
    pub references: Arc<[String]>,
    /// Since when the finding is known, in a report that was compared with an earlier one.
    #[serde(default)]
    pub since: Option<Since>,
    /// Why the finding does not alarm, for one that the settings suppress. Its state is then Ok.
    #[serde(default)]
    pub suppressed: Option<Box<Suppressed>>,
}

/// Since when a finding is known.
///
/// Its text is `new`, or the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// The start of the first run that found it.
    #[serde(serialize_with = "to_the_second")]
    pub time: Timestamp,
    /// Whether the earlier report does not contain it.
    pub new: bool,
}

impl fmt::Display for Since {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.new {
            return out.write_str("new");
        }
        write!(out, "since {}", self.time.strftime("%Y-%m-%d"))
    }
}

/// Writes a time as RFC 3339 in UTC, to the second.
pub fn to_the_second<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&second(*time))
}

/// The suppression of the settings that a finding matches.
///
/// Its text names the state, and until when, by whom and why the finding is suppressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// The name of its section.
    pub name: String,
    /// The state of the finding without it.
    pub state: State,
    /// Why the finding is accepted.
    pub reason: String,
    /// Who accepts it.
    pub author: String,
    /// The last day, or the time after which the finding alarms again.
    pub until: String,
}

impl fmt::Display for Suppressed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Suppressed { state, reason, author, until, .. } = self;
        write!(out, "{}, suppressed until {until} by {author}: {reason}", state.label())
    }
}

impl Finding {
    /// A finding with a state and a summary only.
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
            references: Arc::default(),
            since: None,
            suppressed: None,
        }
    }

    /// Sets the object.
    #[must_use]
    pub fn about(mut self, object: Option<String>) -> Finding {
        self.object = object;
        self
    }
}
