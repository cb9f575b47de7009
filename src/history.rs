//! The history of `posemo serve`: the latest results of each target, and each change of a state.
//!
//! It is kept in one file of `SQLite`, which a person can read with `sqlite3`. A thread writes it. If it cannot be written, the
//! checks run on, what was not written waits in memory, and the board shows why.

pub mod act;
pub mod change;
mod connection;
pub mod quiet;
pub mod recorder;
pub mod saved;
pub mod silence;
pub mod store;
