//! What a text item of Zabbix is told of a check or a target.
//!
//! It knows no keys.

use std::fmt::Write;

use crate::finding::State;
use crate::finding::report::{CheckReport, TargetReport};
use crate::output::remark::{counted, details, in_words, remarks, said, summary};
use crate::text::visible::visible;

/// A text item keeps 65535 bytes of a value, and drops the rest without a word.
const ROOM: usize = 65_000;

/// A check's summary, in one line.
pub(super) fn line(report: &CheckReport) -> String {
    cut(&visible(&summary(report)), 2000)
}

/// All that a check has to say, a line each, the worst first.
pub(super) fn findings(report: &CheckReport) -> String {
    let remarks = remarks(report);
    let mut told = String::new();
    for (number, remark) in remarks.iter().enumerate() {
        let more = remark.finding.map(details).unwrap_or_default();
        let first = format!("[{}] {}", remark.state.label(), visible(&remark.text));
        let more = more.iter().map(|line| format!("\n  {}", visible(line)));
        let block = cut(&(first + &more.collect::<String>()), ROOM / 4);
        if told.len() + block.len() > ROOM {
            let left = remarks.len() - number;
            write!(told, "({left} more left out)").expect("writing into a string cannot fail");
            return told;
        }
        told.push_str(&block);
        told.push('\n');
    }
    told.trim_end().to_owned()
}

/// A target in one line: why it could not be asked, or how many checks are in which state.
pub(super) fn target(target: &TargetReport) -> String {
    match &target.error {
        Some(error) => cut(&visible(said(error)), 2000),
        None => counts(&target.checks),
    }
}

/// How many of the checks that were asked are in which state, in words.
pub(super) fn counts<'c>(checks: impl IntoIterator<Item = &'c CheckReport>) -> String {
    let states = [State::Critical, State::Warning, State::Unknown, State::Ok];
    let words: Vec<String> = in_words(counted(states, checks)).map(|(_, count)| count).collect();
    if words.is_empty() { "nothing was checked".to_owned() } else { words.join(", ") }
}

/// The text with at most so many bytes; a mark says that there was more.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    format!("{} (cut)", &text[..end])
}
