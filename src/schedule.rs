//! When checks run, and from when on a state counts.
//!
//! Everything here is pure: the time is an argument, nothing waits, and nothing is read or sent. `serve` owns the clock.

pub mod agenda;
pub mod confirm;
mod memory;
pub mod slot;
pub mod turns;
