//! The result of a case, and the differences between what it expects and what was found.
//!
//! `expected` compares; `printer` prints.

use std::time::Duration;

use super::notation;
use crate::finding::Finding;

/// The result of a case.
#[derive(Debug)]
pub struct CaseResult {
    /// `check::case`; for a scenario also the version of the server.
    pub name: String,
    /// The duration.
    pub took: Duration,
    /// How it ended.
    pub verdict: CaseVerdict,
}

/// How a case ended.
#[derive(Debug)]
pub enum CaseVerdict {
    /// The findings are as expected.
    Passed,
    /// The findings are not as expected; the lines contain the differences.
    Failed(Vec<DifferenceLine>),
    /// The case is not for this server. The text is the reason.
    Skipped(String),
    /// The findings were written into the file of the case.
    Blessed,
}

impl CaseResult {
    /// A failure that is not one of a single case.
    pub fn failed(name: &str, reason: &str) -> CaseResult {
        let lines = reason.lines().map(DifferenceLine::remark).collect();
        CaseResult {
            name: name.to_owned(),
            took: Duration::ZERO,
            verdict: CaseVerdict::Failed(lines),
        }
    }
}

/// One difference between what a case expects and what was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// No finding matches an entry of `expect`.
    Missing {
        /// The entry, as the case has it.
        expected: String,
        /// The most similar finding, and how it differs.
        nearest: Option<(Finding, Vec<String>)>,
        /// Whether a finding matches, but another entry matches it too and is paired with it.
        taken: bool,
    },
    /// A finding matches no entry.
    Unexpected(Finding),
}

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DifferenceLine {
    /// What is expected.
    Expected(String),
    /// What was found.
    Found(String),
    /// An explanation.
    Remark(String),
}

impl DifferenceLine {
    /// A remark.
    pub fn remark(text: &str) -> DifferenceLine {
        DifferenceLine::Remark(text.to_owned())
    }
}

impl Difference {
    /// The difference in lines.
    pub fn lines(&self) -> Vec<DifferenceLine> {
        match self {
            Self::Missing { expected, nearest: None, taken } => {
                let remark = if *taken {
                    "another entry of expect matches the same finding"
                } else {
                    "no finding is similar"
                };
                vec![DifferenceLine::Expected(expected.clone()), DifferenceLine::remark(remark)]
            }
            Self::Missing { expected, nearest: Some((finding, objections)), .. } => {
                let mut lines = vec![
                    DifferenceLine::Expected(expected.clone()),
                    DifferenceLine::Found(notation::finding(finding)),
                ];
                lines.extend(objections.iter().cloned().map(DifferenceLine::Remark));
                lines
            }
            Self::Unexpected(finding) => vec![
                DifferenceLine::Found(notation::finding(finding)),
                DifferenceLine::remark("no entry of expect matches this finding"),
            ],
        }
    }
}

/// The lines of an interpreter's details that its message does not contain: the calls that led to the failure, and the
/// source with a caret.
pub fn excerpt(details: &str) -> impl Iterator<Item = &str> {
    let has_calls = details.lines().any(|line| line.starts_with("  * "));
    let is_source =
        |line: &str| line.trim_start().starts_with(|first: char| first.is_ascii_digit());
    // A failure at the end of a source has no line of it.
    let has_source = details.lines().any(is_source);
    details.lines().filter(move |_| has_source).filter(move |line| {
        let is_heading = line.starts_with("Traceback") && !has_calls;
        !is_heading && *line != "  File <builtin>, in <module>" && !line.starts_with("error: ")
    })
}
