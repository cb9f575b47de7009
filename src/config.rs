//! What is in force for a command: its catalog and its settings, and where each is set.
//!
//! It reads files, and does not connect to a server.

pub mod catalog;
pub mod check;
pub mod error;
pub mod file;
pub mod show;
pub mod sources;
