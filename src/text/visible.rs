//! Makes text from outside harmless for terminals: control characters and the like are spelled out.
//!
//! Characters that a format forbids beside these are escaped by that format.

use std::fmt::Write;

/// Whether a character is visible, and changes neither the position of the cursor nor the direction of writing.
///
/// Marks that combine with the character before them are plain: many writing systems need them.
pub fn is_plain(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    // The standard library escapes characters that are not printable, and a combining mark only at the start.
    let mut pair = String::from("-");
    pair.push(character);
    pair.escape_debug().count() == 2
}

/// The text with each character that is not plain spelled out: `\n`, `\x1b`, `\u{202e}`.
///
/// A backslash stays a backslash: the result is for people. Programs read JSON.
pub fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => visible.push_str("\\n"),
            '\r' => visible.push_str("\\r"),
            '\t' => visible.push_str("\\t"),
            _ if is_plain(character) => visible.push(character),
            _ => escape(character, &mut visible),
        }
    }
    visible
}

/// At most `most` characters of a text; an ellipsis shows that it was longer.
pub fn truncated(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn escape(character: char, visible: &mut String) {
    let written = if character.is_ascii() {
        write!(visible, "\\x{:02x}", u32::from(character))
    } else {
        write!(visible, "\\u{{{:x}}}", u32::from(character))
    };
    written.expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_characters_that_are_not_plain_are_spelled_out() {
        for (text, expected) in [
            ("plain text, 96 %", "plain text, 96 %"),
            ("größe 表 e\u{301} हिन्दी", "größe 表 e\u{301} हिन्दी"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[31m\u{7f}\u{0}", "\\x1b[31m\\x7f\\x00"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{202e}\u{2066}\u{200f}", "\\u{202e}\\u{2066}\\u{200f}"),
            ("\u{200b}\u{feff}\u{2028}\u{a0}", "\\u{200b}\\u{feff}\\u{2028}\\u{a0}"),
            ("C:\\dir", "C:\\dir"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }
}
