//! Writes identifiers, literals and dollar quotes, and names on one line.
//!
//! Nobody else quotes: every value that reaches SQL text goes through here.

use std::fmt::Write as _;

/// A quoted identifier.
///
/// A dollar sign is written as its code point, so that no name can end a dollar-quoted text around it.
pub fn identifier(name: &str) -> String {
    let plain = |character: char| character != '$' && !character.is_control();
    if name.chars().all(plain) {
        return format!("\"{}\"", name.replace('"', "\"\""));
    }
    let mut quoted = String::from("U&\"");
    for character in name.chars() {
        match character {
            '"' => quoted.push_str("\"\""),
            '\\' => quoted.push_str("\\\\"),
            character if plain(character) => quoted.push(character),
            // Six digits, as a name may go on with something that looks like a seventh.
            character => write!(quoted, "\\+{:06X}", u32::from(character))
                .expect("a String takes everything"),
        }
    }
    quoted.push('"');
    quoted
}

/// A quoted literal. It means the same whatever `standard_conforming_strings` says.
pub fn literal(text: &str) -> String {
    let plain = |character: char| !matches!(character, '$' | '\\') && !character.is_control();
    if text.chars().all(plain) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("E'");
    for character in text.chars() {
        match character {
            '\'' => quoted.push_str("''"),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            character if plain(character) => quoted.push(character),
            character => write!(quoted, "\\U{:08X}", u32::from(character))
                .expect("a String takes everything"),
        }
    }
    quoted.push('\'');
    quoted
}

/// A text between dollar quotes that it does not contain.
pub fn dollar(text: &str) -> String {
    let mut tag = String::from("$posemo$");
    while text.contains(&tag) {
        tag.insert(tag.len() - 1, '_');
    }
    format!("{tag}{text}{tag}")
}

/// A name or text that stays on the line it is shown on, in its order: characters that cannot be seen become
/// visible.
///
/// Names in a database are chosen by others, and none of them may start a line of its own or turn one around.
pub fn one_line(text: &str) -> String {
    let shown = |character: char| {
        if is_seen(character) {
            character.to_string()
        } else {
            character.escape_default().to_string()
        }
    };
    text.chars().map(shown).collect()
}

/// Whether a character is printed. A mark that combines with the one before it is.
pub(crate) fn is_seen(character: char) -> bool {
    // The standard library escapes what is not printable, a mark only where it comes first, and these.
    matches!(character, '"' | '\'' | '\\')
        || String::from_iter(['-', character]).escape_debug().count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_shown() {
        let text = "a \"b\" 'c' \\ ü e\u{301}\u{202e}x\u{2028}\u{200b}\u{1b}\n";
        let shown = "a \"b\" 'c' \\ ü e\u{301}\\u{202e}x\\u{2028}\\u{200b}\\u{1b}\\n";
        assert_eq!(one_line(text), shown);
    }

    #[test]
    fn quoting_leaves_nothing_open() {
        for (text, as_identifier, as_literal) in [
            ("posemo", "\"posemo\"", "'posemo'"),
            ("a\"b'c", "\"a\"\"b'c\"", "'a\"b''c'"),
            ("$posemo$", "U&\"\\+000024posemo\\+000024\"", "E'\\U00000024posemo\\U00000024'"),
            ("back\\slash", "\"back\\slash\"", "E'back\\\\slash'"),
            ("a\nb\u{1b}", "U&\"a\\+00000Ab\\+00001B\"", "E'a\\nb\\U0000001B'"),
        ] {
            assert_eq!(identifier(text), as_identifier);
            assert_eq!(literal(text), as_literal);
        }
        assert_eq!(dollar("x $posemo$ y"), "$posemo_$x $posemo$ y$posemo_$");
    }
}
