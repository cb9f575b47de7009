//! Judges rows: by thresholds, or by a script.
//!
//! Judging does no I/O and reads no clock; the same rows always give the same findings.

mod answer;
mod answer_rows;
mod builtins;
mod check_row;
mod convert;
mod cut_off;
pub mod document;
pub mod error;
mod guard;
mod network;
pub mod rate;
mod rules;
pub mod script;
pub mod threshold;
mod url;
mod version;
