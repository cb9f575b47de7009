//! Turns text into what can stand in a plugin's output without being taken for anything else.
//!
//! Does not touch the length, except where told to.

use std::fmt::Write;

use crate::text::visible::is_plain;

/// The text in one line, without characters that mean something to a core or on the way from it.
///
/// A pipe would start performance data. A backslash would come back to life in the notification
/// commands that Nagios ships, as they run `printf "%b"`; that is also why what is not plain is spelled
/// `[U+001B]` and not `\x1b`.
pub(in crate::output) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.trim().chars() {
        match character {
            '|' => plain.push('¦'),
            '\\' => plain.push('/'),
            '\n' | '\r' | '\t' => plain.push(' '),
            _ if is_plain(character) => plain.push(character),
            _ => write!(plain, "[U+{:04X}]", u32::from(character))
                .expect("writing into a string cannot fail"),
        }
    }
    plain
}

/// The text with at most so many characters; three dots say that there was more.
pub(in crate::output) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let start = text.chars().take(most.saturating_sub(3)).collect::<String>();
    format!("{}...", start.trim_end())
}
