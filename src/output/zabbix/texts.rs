//! The values of the text items in Zabbix: summaries and findings of checks and targets.

use std::fmt::Write;

use crate::finding::State;
use crate::finding::report::{CheckReport, TargetReport};
use crate::output::remark::{count_states, details, nonzero, or_no_text, remarks, summary};
use crate::text::visible::visible;

/// The maximum size of a text, in bytes. A text item stores 65535 bytes, and drops the rest without an error.
const MOST_BYTES: usize = 65_000;

/// A check's summary in one line.
pub(super) fn summary_line(report: &CheckReport) -> String {
    cut(&visible(&summary(report)), 2000)
}

/// The findings and the error of a check, one line and its details for each, the worst first.
pub(super) fn findings(report: &CheckReport) -> String {
    let remarks = remarks(report);
    let mut text = String::new();
    for (number, remark) in remarks.iter().enumerate() {
        let more = remark.finding.map(details).unwrap_or_default();
        let first = format!("[{}] {}", remark.state.label(), visible(&remark.text));
        let more = more.iter().map(|line| format!("\n  {}", visible(line)));
        let block = cut(&(first + &more.collect::<String>()), MOST_BYTES / 4);
        if text.len() + block.len() > MOST_BYTES {
            let omitted = remarks.len() - number;
            write!(text, "({omitted} more omitted)").expect("writing to a string cannot fail");
            return text;
        }
        text.push_str(&block);
        text.push('\n');
    }
    text.trim_end().to_owned()
}

/// A target in one line: why it could not be queried, or the number of checks in each state.
pub(super) fn target_line(target: &TargetReport) -> String {
    match &target.error {
        Some(error) => cut(&visible(or_no_text(error)), 2000),
        None => state_counts(&target.checks),
    }
}

/// The number of checks in each state, without those that were skipped: `1 WARNING, 4 OK`.
pub(super) fn state_counts<'c>(checks: impl IntoIterator<Item = &'c CheckReport>) -> String {
    let states = [State::Critical, State::Warning, State::Unknown, State::Ok];
    let counts = nonzero(count_states(states, checks)).map(|(_, count)| count);
    let counts: Vec<String> = counts.collect();
    if counts.is_empty() { "nothing was checked".to_owned() } else { counts.join(", ") }
}

/// The beginning of a text with at most `most` bytes; ` (cut)` marks a text that was longer.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{} (cut)", &text[..end])
}
