//! The last line of the table: how many services are in which state, and how long it took.
//!
//! Leaves it to the table where the line is broken.

use crate::finding::State;
use crate::finding::report::{CheckReport, Report};
use crate::output::remark::skipped;

use super::paint::Paint;

/// The words of the line, which is not broken inside of one: colour, text, and what follows unpainted.
pub(super) fn words(report: &Report) -> Vec<(Paint, String, &'static str)> {
    let counts = counts(report);
    let services = report.targets.iter().map(|target| target.checks.len()).sum();
    let colon = if counts.is_empty() { "" } else { ":" };
    let mut words = vec![(Paint::Plain, counted(services, "service"), colon)];
    let last = counts.len().saturating_sub(1);
    for (position, (paint, count)) in counts.into_iter().enumerate() {
        let comma = if position == last { "" } else { "," };
        words.push((paint, count, comma));
    }
    words.push((Paint::Dim, format!("({:.2} s)", report.duration.as_secs_f64()), ""));
    words
}

fn counts(report: &Report) -> Vec<(Paint, String)> {
    let checks = report.targets.iter().flat_map(|target| &target.checks);
    let asked = checks.filter(|check| check.skipped.is_none());
    let states = asked.map(CheckReport::state).collect::<Vec<_>>();
    let mut counts = Vec::new();
    for state in [State::Ok, State::Warning, State::Critical, State::Unknown] {
        let count = states.iter().filter(|other| **other == state).count();
        if count > 0 {
            counts.push((Paint::State(state), format!("{count} {}", state.label())));
        }
    }
    counts.extend(skipped(report).into_iter().map(|count| (Paint::Dim, count)));
    let failed = report.targets.iter().filter(|target| target.error.is_some()).count();
    if failed > 0 {
        let text = format!("{} not asked", counted(failed, "target"));
        counts.push((Paint::State(State::Unknown), text));
    }
    counts
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
