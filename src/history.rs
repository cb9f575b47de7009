//! The history of `posemo serve`: the latest results of each target, each change of a state, and the values of metrics.
//!
//! It is kept in one file of `SQLite`, which a person can read with `sqlite3`, or on a PostgreSQL server, which several nodes
//! share. A thread writes it. If it cannot be written, the checks run on, what was not written waits in memory, and the board
//! shows why.

pub mod act;
pub mod act_kind;
mod append;
pub mod block;
pub mod chain;
pub mod change;
pub mod collector;
mod connection;
pub mod evidence;
mod inbox;
pub mod joined;
pub mod limit;
pub mod marks;
pub mod news;
mod numbers;
pub mod open;
mod open_block;
mod opened;
pub mod past;
pub mod place;
pub mod quiet;
pub mod recorder;
mod removal;
pub mod rollup;
pub mod runs;
pub mod saved;
pub mod server;
pub mod silence;
pub mod store;
pub mod values;
pub mod verify;
mod wanted;
mod watched_days;
mod writer;
