//! Quotes identifiers and literals for SQL text.
//!
//! Every value in SQL text is quoted here, and nowhere else.

use std::fmt::Write as _;

/// A quoted identifier.
///
/// A dollar sign is written as its code point, so that a name cannot end a dollar-quoted text around it.
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
            // Six digits: the next character of the name may be a digit too.
            character => write!(quoted, "\\+{:06X}", u32::from(character))
                .expect("writing to a string cannot fail"),
        }
    }
    quoted.push('"');
    quoted
}

/// A quoted literal. Its meaning does not depend on `standard_conforming_strings`.
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
                .expect("writing to a string cannot fail"),
        }
    }
    quoted.push('\'');
    quoted
}

/// A text in dollar quotes, with a tag that the text does not contain.
pub fn dollar_quoted(text: &str) -> String {
    let mut tag = String::from("$posemo$");
    while text.contains(&tag) {
        tag.insert(tag.len() - 1, '_');
    }
    format!("{tag}{text}{tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_cannot_end_their_quotes() {
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
        assert_eq!(dollar_quoted("x $posemo$ y"), "$posemo_$x $posemo$ y$posemo_$");
    }
}
