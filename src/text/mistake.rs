//! A mistake in a file that a user wrote: file, line, key and message.
//!
//! The readers of TOML and of YAML report it.

use std::fmt;

/// A mistake in a file, with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as it is named in messages.
    pub file: String,
    /// The line, from 1; 0 for the whole file.
    pub line: usize,
    /// The key with the tables around it, joined by dots; empty for the whole file.
    pub key: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:", self.file)?;
        if self.line > 0 {
            write!(out, "{}:", self.line)?;
        }
        if !self.key.is_empty() {
            write!(out, " {}:", self.key)?;
        }
        write!(out, " {}", self.message)
    }
}

impl std::error::Error for Mistake {}
