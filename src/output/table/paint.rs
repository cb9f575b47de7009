//! The colours of the table.
//!
//! Does not decide whether there are any.

use crate::finding::State;

/// How a text looks on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// As it is.
    Plain,
    /// A heading.
    Bold,
    /// What matters less.
    Dim,
    /// The colour of a state.
    State(State),
}

impl Paint {
    /// The text between the sequences that turn this on and off.
    pub fn on(self, text: &str) -> String {
        let code = match self {
            _ if text.is_empty() => return String::new(),
            Self::Plain => return text.to_owned(),
            Self::Bold => "1",
            Self::Dim => "2",
            Self::State(State::Ok) => "32",
            Self::State(State::Warning) => "33",
            Self::State(State::Critical) => "1;31",
            Self::State(State::Unknown) => "35",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}
