//! What a case expected and what was found instead, for people.
//!
//! It compares nothing; `expected` does.

use super::notation;
use crate::finding::Finding;

/// One respect in which a case does not hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// Something was expected and is not there.
    Missing {
        /// What, as the case has it.
        expected: String,
        /// The finding that is nearest, and in what it differs.
        nearest: Option<(Finding, Vec<String>)>,
        /// Whether there is such a finding, but another entry expects it.
        taken: bool,
    },
    /// Something is there and was not expected.
    Unexpected(Finding),
}

/// A line of a difference, with what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// What was expected, or would have been right.
    Expected(String),
    /// What was found.
    Found(String),
    /// What is to be said of it.
    Remark(String),
}

impl Difference {
    /// The difference in lines.
    pub fn lines(&self) -> Vec<Line> {
        match self {
            Self::Missing { expected, nearest: None, taken } => {
                let remark = if *taken {
                    "what was found is what another entry expects"
                } else {
                    "nothing was found that could be meant"
                };
                vec![Line::Expected(expected.clone()), Line::Remark(remark.to_owned())]
            }
            Self::Missing { expected, nearest: Some((finding, objections)), .. } => {
                let mut lines =
                    vec![Line::Expected(expected.clone()), Line::Found(notation::finding(finding))];
                lines.extend(objections.iter().cloned().map(Line::Remark));
                lines
            }
            Self::Unexpected(finding) => vec![
                Line::Found(notation::finding(finding)),
                Line::Remark("nobody expects this".to_owned()),
            ],
        }
    }
}
