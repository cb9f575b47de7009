//! The result of one case.

use std::time::Duration;

use super::difference::Line;

/// The result of a case.
#[derive(Debug)]
pub struct CaseResult {
    /// `check::case`, with the server's version if a server was used.
    pub name: String,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub verdict: CaseVerdict,
}

/// How a case ended.
#[derive(Debug)]
pub enum CaseVerdict {
    /// Everything was as expected.
    Passed,
    /// Something was not; the lines show what.
    Failed(Vec<Line>),
    /// It is not for this server, for this reason.
    Skipped(String),
    /// The findings were written into its file.
    Blessed,
}

impl CaseResult {
    /// A failure before any case could run.
    pub fn failed(name: &str, reason: &str) -> CaseResult {
        let lines = reason.lines().map(|line| Line::Remark(line.to_owned())).collect();
        CaseResult {
            name: name.to_owned(),
            took: Duration::ZERO,
            verdict: CaseVerdict::Failed(lines),
        }
    }
}

/// The lines of an interpreter's details that the message above them does not contain: the calls that led to a
/// failure, if there were any, and the source with a caret.
pub fn excerpt(details: &str) -> impl Iterator<Item = &str> {
    let called = details.lines().any(|line| line.starts_with("  * "));
    // A failure at the end of a source has no line to show.
    let is_source =
        |line: &str| line.trim_start().starts_with(|first: char| first.is_ascii_digit());
    let shown = details.lines().any(is_source);
    details.lines().filter(move |_| shown).filter(move |line| {
        let heading = line.starts_with("Traceback") && !called;
        !heading && *line != "  File <builtin>, in <module>" && !line.starts_with("error: ")
    })
}
