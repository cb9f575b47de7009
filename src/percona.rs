//! Percona's advisor checks: reads their YAML, and makes check folders of them.
//!
//! It does no I/O. The text of a file goes in, questions for a server come out; the answers go in, and the
//! files of a check folder come out.

pub mod advice;
mod columns;
mod document;
pub mod draft;
mod duration;
pub mod folders;
mod guess;
mod kind;
mod manifest;
pub mod question;
mod readme;
mod rules;
mod settings;
mod yaml;

pub use document::{LONGEST, read};
