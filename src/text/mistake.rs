//! A mistake in a file that a user wrote: file, line, key and message.
//!
//! The readers of TOML and of YAML report it.

use std::fmt;

/// A mistake in a file, with its position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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

impl Mistake {
    /// File, line and key.
    pub fn place(&self) -> String {
        let line = if self.line > 0 { format!(":{}", self.line) } else { String::new() };
        let key = if self.key.is_empty() { String::new() } else { format!(": {}", self.key) };
        format!("{}{line}{key}", self.file)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.place(), self.message)
    }
}

impl std::error::Error for Mistake {}

/// All mistakes of a file, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Mistakes(pub Vec<Mistake>);

impl Mistakes {
    /// Adds a mistake.
    pub fn push(&mut self, mistake: Mistake) {
        self.0.push(mistake);
    }

    /// The value, or nothing after a mistake, which is added.
    pub fn keep<T>(&mut self, result: Result<T, Mistake>) -> Option<T> {
        result.map_err(|mistake| self.push(mistake)).ok()
    }

    /// The mistakes by line, each place once.
    pub fn sorted(mut self) -> Vec<Mistake> {
        self.0.sort_by_key(|mistake| mistake.line);
        self.0.dedup_by(|a, b| (a.line, &a.key) == (b.line, &b.key));
        self.0
    }
}
