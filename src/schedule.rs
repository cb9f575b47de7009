//! When checks run, from when on a state counts, and how fast counters grow.
//!
//! Everything here is pure: the time is an argument, nothing waits, and nothing is read or sent. `serve` owns the clock.

pub mod agenda;
pub mod confirm;
mod memory;
pub mod rates;
pub mod slot;
pub mod turns;
