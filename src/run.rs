//! Runs the checks of targets and judges the answers.
//!
//! It is the only room that holds a session and a judge at once, and the only one that reads the clock. Whatever
//! fails for one check or target becomes its result; the others go on.

use std::time::Duration;

mod calls;
mod connector;
mod databases;
pub mod job;
mod judge;
mod messages;
pub mod runner;
mod script_queue;
mod sessions;
mod sweep;

/// posemo's schema, unless the settings name another.
pub const SCHEMA: &str = "posemo";

/// Deadlines, and the number of targets at a time.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For connecting, authentication included.
    pub connect: Duration,
    /// For one statement; the server cancels it.
    pub statement: Duration,
    /// For everything about one target.
    pub sweep: Duration,
    /// Targets at a time.
    pub jobs: usize,
}

impl Limits {
    /// Deadlines that fit into a total: a slow connection leaves time to report it, and the server cancels a
    /// statement before the sweep ends.
    pub fn within(total: Duration, jobs: usize) -> Limits {
        Limits {
            connect: total.mul_f64(0.9).min(Duration::from_secs(5)),
            statement: total.mul_f64(0.8).min(Duration::from_secs(10)),
            sweep: total.mul_f64(0.95),
            jobs,
        }
    }
}
