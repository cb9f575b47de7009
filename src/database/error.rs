//! Errors between posemo and a server.
//!
//! Each message names what failed; a server's message keeps its SQLSTATE.

use std::error::Error as _;
use std::time::Duration;

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use super::connect::{AuthRefusal, ConnectError, connection_broke, server_outage};
use super::parameters::ParametersError;
use crate::catalog::server_version::UnsupportedVersion;
use crate::finding::report::Outage;
use crate::text::causes::each_within;
use crate::text::number::duration;
use crate::text::visible::truncated;

/// Why a server did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The parameters of the connection contradict each other, or a file that they name cannot be used.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// The connection could not be made.
    #[error("{}", each_within(.0, MOST_TEXT))]
    Connect(#[from] ConnectError),
    /// The server refused a statement, or the connection broke.
    #[error("{}", statement_message(source))]
    Statement {
        /// The driver's error.
        source: tokio_postgres::Error,
    },
    /// posemo ended the connection because of what the server sent.
    #[error(transparent)]
    Refused(AuthRefusal),
    /// The server's answer does not have the expected form.
    #[error("the server's answer cannot be read: {reason}")]
    Answer {
        /// What is wrong with it.
        reason: String,
    },
    /// The server is too old.
    #[error(transparent)]
    Unsupported(#[from] UnsupportedVersion),
    /// The server did not answer in time.
    #[error(transparent)]
    Late(LimitExceeded),
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(source: tokio_postgres::Error) -> Self {
        Self::Statement { source }
    }
}

impl DatabaseError {
    /// The error of a value that cannot be read.
    pub(super) fn unreadable(error: &tokio_postgres::Error) -> DatabaseError {
        let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        Self::Answer { reason }
    }

    /// The server's SQLSTATE, where the server refused.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Statement { source } => source.code().map(SqlState::code),
            Self::Connect(error) => error.sqlstate(),
            Self::Parameters(_)
            | Self::Refused(_)
            | Self::Answer { .. }
            | Self::Unsupported(_)
            | Self::Late(_) => None,
        }
    }

    /// Why the server does not answer. `None` if it answered, or if the fault is elsewhere.
    pub fn outage(&self) -> Option<Outage> {
        match self {
            Self::Connect(error) => error.outage(),
            Self::Statement { source } => match source.as_db_error() {
                // The time-out for a statement.
                Some(error) if *error.code() == SqlState::QUERY_CANCELED => Some(Outage::NoAnswer),
                Some(error) => server_outage(error),
                None => connection_broke(source).then_some(Outage::NoAnswer),
            },
            Self::Late(_) => Some(Outage::NoAnswer),
            Self::Parameters(_) | Self::Refused(_) | Self::Answer { .. } | Self::Unsupported(_) => {
                None
            }
        }
    }

    /// Whether the server ended the session, as `idle_session_timeout` and `transaction_timeout` do. The message with the
    /// reason may be lost.
    pub(super) fn is_end_of_session(&self) -> bool {
        let closed = matches!(self, Self::Statement { source } if source.is_closed());
        closed || matches!(self.sqlstate(), Some("57P05" | "25P04"))
    }

    /// Whether a connection that was open has ended, or leads to a server that became a standby. posemo did not end it.
    pub(super) fn is_end_of_connection(&self) -> bool {
        const CODES: [&str; 5] = ["57P01", "57P02", "57P03", "57P05", "25P04"];
        let Self::Statement { source } = self else { return false };
        let ends = |code: &str| CODES.contains(&code) || code == "25006" || code.starts_with("08");
        self.sqlstate().map_or_else(|| connection_broke(source), ends)
    }

    /// Whether the database does not exist, or no longer.
    pub fn is_missing_database(&self) -> bool {
        self.sqlstate() == Some("3D000")
    }

    /// Whether the same statement may succeed if it is sent again: an object that it used vanished while it ran, or it was
    /// in conflict with the recovery of a standby.
    pub fn may_pass(&self) -> bool {
        // `XX000` is "could not open relation with OID" and "cache lookup failed".
        const CODES: [&str; 6] = ["XX000", "3D000", "42704", "58P01", "40001", "40P01"];
        self.sqlstate().is_some_and(|code| CODES.contains(&code))
    }

    /// Whether the statement waited for a lock as long as it may.
    pub fn is_locked(&self) -> bool {
        self.sqlstate() == Some("55P03")
    }

    /// Whether the server does not have the function of a call, or refuses the call: undefined function, schema or column,
    /// or no privilege.
    pub fn is_about_call(&self) -> bool {
        matches!(self.sqlstate(), Some("42883" | "3F000" | "42703" | "42501"))
            && !self.is_inside_function()
    }

    /// Whether the server refused a statement inside of a function, and not the call.
    pub fn is_inside_function(&self) -> bool {
        matches!(self, Self::Statement { source } if source.as_db_error().is_some_and(|error| error.where_().is_some()))
    }

    /// The position of the error in the statement, counted in characters from 1.
    pub fn position(&self) -> Option<u32> {
        let Self::Statement { source } = self else { return None };
        match source.as_db_error()?.position()? {
            ErrorPosition::Original(position) => Some(*position),
            ErrorPosition::Internal { .. } => None,
        }
    }

    /// The server's hint, where it sent one.
    pub fn hint(&self) -> Option<String> {
        let Self::Statement { source } = self else { return None };
        source.as_db_error().and_then(DbError::hint).map(|hint| truncated(hint, MOST_TEXT))
    }
}

/// A server, or the way to it, was too slow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{action} took longer than {}; the server may be overloaded or the network interrupted",
    duration(limit.as_secs_f64())
)]
pub struct LimitExceeded {
    action: String,
    limit: Duration,
}

impl LimitExceeded {
    /// The error of an action that did not end in time, such as `connecting to db:5432`.
    pub fn new(action: impl Into<String>, limit: Duration) -> LimitExceeded {
        LimitExceeded { action: action.into(), limit }
    }
}

/// Characters of a server's text in a message. A server may send much more.
const MOST_TEXT: usize = 1000;

/// The server's message with its SQLSTATE, except that of `RAISE EXCEPTION`, which adds nothing; the driver's
/// message, where the server sent none.
fn statement_message(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(server) => {
            let message = truncated(server.message(), MOST_TEXT);
            match server.code() {
                code if *code == SqlState::RAISE_EXCEPTION => message,
                code => format!("{message} (SQLSTATE {})", truncated(code.code(), 5)),
            }
        }
        None if error.is_closed() => "the server closed the connection".to_owned(),
        None => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            format!("{error}{cause}")
                .replace("error communicating with the server: ", "the connection broke: ")
        }
    }
}
