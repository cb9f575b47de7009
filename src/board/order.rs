//! Orders to the thread that runs checks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::TargetBoard;
use crate::finding::report::TargetReport;

/// An order. Its answer is sent when it is carried out.
#[derive(Debug)]
pub enum Order {
    /// Runs checks of a target, or waits for the sweep that runs them.
    Run {
        /// The target.
        target: String,
        /// The checks; empty for all.
        checks: Vec<String>,
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
    /// Reads the settings again.
    Reload {
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
    /// Too many orders wait.
    #[error("posemo is busy; try again later")]
    Busy,
}
