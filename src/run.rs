//! Runs the checks of targets and judges the answers.
//!
//! It is the only room that uses sessions and judges together. A failure of one check or target is part of the
//! report; the others run.

use std::time::Duration;

mod calls;
mod connector;
mod databases;
mod document_file;
mod documents;
pub mod due;
mod error;
pub mod job;
mod judge;
pub mod lanes;
mod opening;
pub mod outage;
mod own;
pub mod plugin;
pub mod runner;
mod script_queue;
mod sessions;
pub mod suppress;
mod sweep;
mod write;

/// The default name of posemo's schema.
pub const SCHEMA: &str = "posemo";

/// The limits of a run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The limit for a connection, with authentication.
    pub connect: Duration,
    /// The limit for a statement; the server cancels it.
    pub statement: Duration,
    /// The limit for the sweep of a target.
    pub sweep: Duration,
    /// The limit for targets at a time.
    pub jobs: usize,
}

impl Limits {
    /// The limits for a total time: after a slow connection there is time for the report, and the server cancels a
    /// statement before the end of the sweep.
    pub fn within(total: Duration, jobs: usize) -> Limits {
        Limits {
            connect: total.mul_f64(0.9).min(Duration::from_secs(5)),
            statement: total.mul_f64(0.8).min(Duration::from_secs(10)),
            sweep: total.mul_f64(0.95),
            jobs,
        }
    }
}
