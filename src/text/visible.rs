//! Makes text harmless to look at, and measures and wraps it for a terminal.
//!
//! Knows no format: what else a format forbids is that format's own business.

use std::fmt::Write;

/// Whether a character can be seen, and neither moves the cursor nor turns the direction of writing.
///
/// Marks that combine with the character before them count as plain: many scripts cannot do without.
pub fn is_plain(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control();
    }
    // The standard library escapes what is not printable, and a mark only where it comes first.
    let mut pair = String::from("-");
    pair.push(character);
    pair.escape_debug().count() == 2
}

/// The text with everything that is not plain spelled out: `\n`, `\x1b`, `\u{202e}`.
///
/// A backslash stays as it is: this is for reading, and whoever wants to parse it back has JSON.
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

fn escape(character: char, visible: &mut String) {
    let written = if character.is_ascii() {
        write!(visible, "\\x{:02x}", u32::from(character))
    } else {
        write!(visible, "\\u{{{:x}}}", u32::from(character))
    };
    written.expect("writing into a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_nothing_and_spares_what_is_harmless() {
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
