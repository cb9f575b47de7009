//! Orders that wait for results.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::board::TargetBoard;
use crate::board::order::OrderError;

/// An order that waits for results.
pub(super) struct WaitingOrder {
    /// The target.
    pub(super) target: String,
    /// The checks without a result yet.
    pub(super) checks: BTreeSet<String>,
    /// Where the result is sent.
    pub(super) answer: oneshot::Sender<Result<Arc<TargetBoard>, OrderError>>,
}

impl WaitingOrder {
    /// Whether the client does not wait anymore.
    pub(super) fn is_given_up(&self) -> bool {
        self.answer.is_closed()
    }
}
