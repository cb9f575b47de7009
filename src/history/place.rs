//! Where the history is kept: in a file, or on a server. It reads for pages and programs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::act::UserAct;
use super::change::StateChange;
use super::past::{self, ChangeFilter, PastChange};
use super::server::{ServerHistory, ServerHistoryError};
use super::store::{self, HistoryError};
use super::values::{ValuesFound, ValuesWanted};

/// Where the history is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryPlace {
    /// In a file of `SQLite`.
    File(PathBuf),
    /// On a server.
    Server(Arc<ServerHistory>),
}

impl HistoryPlace {
    /// The file; an error for a history on a server.
    pub fn file(&self) -> Result<&Path, HistoryError> {
        match self {
            HistoryPlace::File(path) => Ok(path),
            HistoryPlace::Server(server) => Err(of_server(server, ServerHistoryError::NoEvidence)),
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
