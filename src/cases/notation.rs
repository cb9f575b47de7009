//! Writes findings in the notation of cases, which is TOML.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::finding::Finding;

/// A finding as an entry of `expect`.
pub fn finding(finding: &Finding) -> String {
    let object = finding.object.as_ref().map(|object| format!("object = {}", quoted(object)));
    let labels = (!finding.labels.is_empty()).then(|| keyed("labels", &finding.labels));
    let parts = [
        Some(format!("state = {}", quoted(finding.state.name()))),
        object,
        Some(format!("summary = {}", quoted(&finding.summary))),
        labels,
    ];
    format!("{{ {} }}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// A text in quotes, in one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            other if hidden(other) => {
                write!(quoted, "\\U{:08X}", u32::from(other))
                    .expect("writing into a string cannot fail");
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// `key = { "a" = "b" }`.
pub(super) fn keyed(key: &str, map: &BTreeMap<String, String>) -> String {
    let bare = |key: &str| {
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let key_of = |key: &str| if bare(key) { key.to_owned() } else { quoted(key) };
    let pairs = map.iter().map(|(key, value)| format!("{} = {}", key_of(key), quoted(value)));
    format!("{key} = {{ {} }}", pairs.collect::<Vec<_>>().join(", "))
}

/// Whether a character is invisible or changes the direction of the text.
fn hidden(character: char) -> bool {
    let turns = matches!(character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    character.is_control() || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_is_read_back_unchanged() {
        for text in ["", "plain", "a\"b\\c", "\n\t\r\u{1b}[31m\u{7f}\u{0}", "\u{202e}größe 表"] {
            let quoted = quoted(text);
            assert!(!quoted.contains(['\n', '\u{1b}', '\u{202e}']), "{quoted:?}");
            let table: toml::Table = format!("x = {quoted}").parse().unwrap();
            assert_eq!(table["x"].as_str(), Some(text));
        }
    }
}
