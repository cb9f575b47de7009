//! The result of a sweep, and what follows from it.

use std::time::Duration;

use jiff::Timestamp;

use crate::finding::report::{CheckReport, TargetReport};
use crate::schedule::turns::TurnOutcome;

/// A sweep that ended.
pub(super) struct Swept {
    /// The positions of its checks.
    pub(super) checks: Vec<usize>,
    /// When it began.
    pub(super) started: Timestamp,
    /// How long it took.
    pub(super) took: Duration,
    /// What it found.
    pub(super) report: TargetReport,
}

/// The position of a check, and its reports.
pub(super) type CheckRuns = (usize, Vec<CheckReport>);

/// What follows from a sweep.
pub(super) struct Taken {
    /// When checks run again.
    pub(super) outcome: TurnOutcome,
    /// The report for receivers, unless nothing counts yet.
    pub(super) deliver: bool,
    /// Whether a state changed.
    pub(super) changed: bool,
    /// Whether it must be saved now: what counts, or will count, changed.
    pub(super) save: bool,
}
