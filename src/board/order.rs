//! Orders to the thread that runs checks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::TargetBoard;
use super::notes::{CheckNotes, PlannedWindow};
use crate::finding::report::TargetReport;
use crate::history::silence::{OwnSilence, SilenceScope};

/// An order. Its answer is sent when it is carried out.
#[derive(Debug)]
pub enum Order {
    /// Runs checks of a target, or waits for the sweep that runs them.
    Run {
        /// The target.
        target: String,
        /// The checks; empty for all.
        checks: Vec<String>,
        /// The user, for an order; absent for a probe.
        by: Option<String>,
        /// Checks with a newer result than their interval do not run.
        only_old: bool,
        /// The answer.
        answer: oneshot::Sender<Result<Arc<TargetBoard>, OrderError>>,
    },
    /// Runs checks on a server that is not in the settings.
    Probe {
        /// The name of the server, as the user wrote it.
        name: String,
        /// Its address, which was checked.
        address: SocketAddr,
        /// The checks; empty for all.
        checks: Vec<String>,
        /// The time limit.
        within: Duration,
        /// The answer.
        answer: oneshot::Sender<Result<TargetReport, OrderError>>,
    },
    /// Adds a silence.
    Silence {
        /// What it matches.
        scope: SilenceScope,
        /// How long it lasts.
        lasts: Duration,
        /// The user.
        by: String,
        /// The reason.
        why: String,
        /// The answer.
        answer: oneshot::Sender<Result<OwnSilence, OrderError>>,
    },
    /// Ends a silence.
    EndSilence {
        /// Its id.
        id: String,
        /// The user.
        by: String,
        /// The answer.
        answer: oneshot::Sender<Result<OwnSilence, OrderError>>,
    },
    /// Describes a check.
    Explain {
        /// The check.
        check: String,
        /// The target whose values in force are described; the values of the catalog without it.
        target: Option<String>,
        /// The answer.
        answer: oneshot::Sender<Result<Box<CheckNotes>, OrderError>>,
    },
    /// Lists the maintenance windows.
    Windows {
        /// The answer.
        answer: oneshot::Sender<Vec<PlannedWindow>>,
    },
    /// Records that too many wrong passwords were tried.
    WrongLogins {
        /// The address of the client.
        from: String,
    },
    /// Reads the settings again.
    Reload {
        /// The user.
        by: String,
        /// The answer: why they are not in force.
        answer: oneshot::Sender<Result<(), String>>,
    },
}

/// Why an order cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The target is not in the settings.
    #[error("target \"{0}\" does not exist{1}")]
    NoSuchTarget(String, String),
    /// The check is not one of the target's.
    #[error("check \"{0}\" is not enabled for this target{1}")]
    NoSuchCheck(String, String),
    /// No target has the group.
    #[error("no target is in a group \"{0}\"{1}")]
    NoSuchGroup(String, String),
    /// No check has the name.
    #[error("check \"{0}\" is not enabled for a target{1}")]
    NoSuchCheckAnywhere(String, String),
    /// The silence does not exist, or has ended.
    #[error("a silence \"{0}\" is not in force; /api/1/silences lists the silences")]
    NoSuchSilence(String),
    /// Too many silences are in force.
    #[error("{0} silences are in force, which is the maximum; end those that are not needed")]
    TooManySilences(usize),
    /// Another node watches the target.
    #[error("node \"{1}\" watches target \"{0}\"; run it there")]
    OfOtherNode(String, String),
    /// The target is free for the moment.
    #[error("no node watches target \"{0}\" at the moment; try again later")]
    OfNoNode(String),
    /// Too many orders wait.
    #[error("posemo is busy; try again later")]
    Busy,
}
