//! The last line of the table: how many services are in which state, and how long it took.
//!
//! Leaves it to the table where the line is broken.

use crate::finding::State;
use crate::finding::report::Report;
use crate::output::remark::{counted, in_words, not_asked, skipped};

use super::paint::Paint;

/// The words of the line, which is not broken inside of one: colour, text, and what follows unpainted.
pub(super) fn words(report: &Report) -> Vec<(Paint, String, &'static str)> {
    let counts = counts(report);
    let services = report.targets.iter().map(|target| target.checks.len()).sum::<usize>();
    let colon = if counts.is_empty() { "" } else { ":" };
    let noun = if services == 1 { "service" } else { "services" };
    let mut words = vec![(Paint::Plain, format!("{services} {noun}"), colon)];
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
    let states = in_words(counted(State::ALL, checks));
    let skipped = skipped(&report.targets).into_iter().map(|count| (Paint::Dim, count));
    let not_asked = not_asked(report).map(|count| (Paint::State(State::Unknown), count));
    let states = states.map(|(state, count)| (Paint::State(state), count));
    states.chain(skipped).chain(not_asked).collect()
}
