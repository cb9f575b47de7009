//! The pages of the dashboard: what is known, as HTML.
//!
//! A page is a function of the board and of parts of the history. It does no I/O and does not read the clock. Each value
//! is escaped, and characters that a page would hide or reorder are spelled out: names in a database are chosen by others.

pub mod about;
mod address;
pub mod assets;
pub mod changes;
pub mod chart;
pub mod check;
pub mod checks;
pub mod evidence;
pub mod filter;
pub mod finding;
pub mod frame;
mod markdown;
mod parts;
pub mod past_problems;
pub mod problem;
pub mod problems;
pub mod refusal;
mod rows;
pub mod silences;
pub mod target;
pub mod targets;
