//! Where the history is kept: in a file, or on a server. It reads for pages and programs.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::act::UserAct;
use super::chain::ChainHash;
use super::change::StateChange;
use super::evidence::{self, ActsOfSpan};
use super::open::{self, OpenNow, PastProblems};
use super::past::{self, ChangeFilter, PastChange};
use super::runs::RangeRuns;
use super::server::{ServerHistory, ServerHistoryError};
use super::store::{self, HistoryError};
use super::values::{ValuesFound, ValuesWanted};
use super::verify::{self, VerifiedChain};
use crate::database::parameters::ParametersError;

/// Where the history is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryPlace {
    /// In a file of `SQLite`.
    File(PathBuf),
    /// On a server.
    Server(Arc<ServerHistory>),
}

impl HistoryPlace {
    /// The place with a name: `postgres:` and the parameters of a connection, or a URI; otherwise a file.
    pub fn named(name: &str) -> Result<HistoryPlace, ParametersError> {
        let is_uri = name.starts_with("postgres://") || name.starts_with("postgresql://");
        let server = if is_uri { Some(name) } else { name.strip_prefix("postgres:") };
        match server {
            Some(text) => ServerHistory::of(text.trim()).map(HistoryPlace::Server),
            None => Ok(HistoryPlace::File(PathBuf::from(name))),
        }
    }

    /// Recomputes the chains. `noted` is a hash that was noted earlier: the chain must contain it.
    pub fn verify(&self, noted: Option<ChainHash>) -> Result<VerifiedChain, HistoryError> {
        match self {
            HistoryPlace::File(path) => verify::verify(path, noted),
            HistoryPlace::Server(server) => {
                server.verify(noted).map_err(|error| of_server(server, error))
            }
        }
    }

    /// The same for a page, which must not take long; absent if there are more changes than `most`.
    pub fn verify_few(&self, most: i64) -> Result<Option<VerifiedChain>, HistoryError> {
        match self {
            HistoryPlace::File(path) => verify::verify_few(path, most),
            HistoryPlace::Server(server) => {
                server.verify_few(most).map_err(|error| of_server(server, error))
            }
        }
    }

    /// The acts from a time until before another one.
    pub fn acts_between(&self, span: (Timestamp, Timestamp)) -> Result<ActsOfSpan, HistoryError> {
        match self {
            HistoryPlace::File(path) => evidence::acts_between(path, span),
            HistoryPlace::Server(server) => {
                server.acts_between(span).map_err(|error| of_server(server, error))
            }
        }
    }

    /// How often each check ran on each target, from one day to another, with both.
    pub fn runs_between(&self, days: (i64, i64)) -> Result<Vec<RangeRuns>, HistoryError> {
        match self {
            HistoryPlace::File(path) => store::runs_between(path, days),
            HistoryPlace::Server(server) => {
                server.runs_between(days).map_err(|error| of_server(server, error))
            }
        }
    }

    /// The problems that were open in a span. `now` are those that are open now.
    pub fn open_between(
        &self,
        span: (Timestamp, Timestamp),
        now: Vec<OpenNow>,
    ) -> Result<PastProblems, HistoryError> {
        match self {
            HistoryPlace::File(path) => open::open_between(path, span, now),
            HistoryPlace::Server(server) => {
                server.open_between(span, &now).map_err(|error| of_server(server, error))
            }
        }
    }

    /// The time of the oldest change that is kept.
    pub fn oldest_change(&self) -> Result<Option<Timestamp>, HistoryError> {
        match self {
            HistoryPlace::File(path) => past::oldest_change(path),
            HistoryPlace::Server(server) => {
                server.oldest_change().map_err(|error| of_server(server, error))
            }
        }
    }

    /// The changes after a number, of all targets or one, the oldest first.
    pub fn changes_after(
        &self,
        after: i64,
        target: Option<&str>,
        most: u32,
    ) -> Result<Vec<StateChange>, HistoryError> {
        match self {
            HistoryPlace::File(path) => store::changes_after(path, after, target, most),
            HistoryPlace::Server(server) => {
                server.changes_after(after, target, most).map_err(|error| of_server(server, error))
            }
        }
    }

    /// The changes, the latest first.
    pub fn past(
        &self,
        filter: &ChangeFilter,
        most: usize,
    ) -> Result<Vec<PastChange>, HistoryError> {
        match self {
            HistoryPlace::File(path) => past::past(path, filter, most),
            HistoryPlace::Server(server) => {
                server.past(filter, most).map_err(|error| of_server(server, error))
            }
        }
    }

    /// The acts after a number, the oldest first.
    pub fn acts_after(&self, after: i64, most: u32) -> Result<Vec<UserAct>, HistoryError> {
        match self {
            HistoryPlace::File(path) => store::acts_after(path, after, most),
            HistoryPlace::Server(server) => {
                server.acts_after(after, most).map_err(|error| of_server(server, error))
            }
        }
    }

    /// The values that a request is for.
    pub fn values_of(&self, wanted: &ValuesWanted) -> Result<ValuesFound, HistoryError> {
        match self {
            HistoryPlace::File(path) => store::values_of(path, wanted),
            HistoryPlace::Server(server) => {
                server.values_of(wanted).map_err(|error| of_server(server, error))
            }
        }
    }
}

/// The error of a history on a server.
pub(super) fn of_server(server: &ServerHistory, source: ServerHistoryError) -> HistoryError {
    HistoryError::Server { place: server.to_string(), source: Box::new(source) }
}

impl fmt::Display for HistoryPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HistoryPlace::File(path) => path.display().fmt(out),
            HistoryPlace::Server(server) => server.fmt(out),
        }
    }
}
