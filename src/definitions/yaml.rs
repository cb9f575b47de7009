//! Writes YAML in which every scalar is a quoted text, as Zabbix exports it.

use std::fmt::Write;

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Yaml {
    /// A scalar. It is always a text.
    Text(String),
    /// A list.
    List(Vec<Yaml>),
    /// A map in this order. The keys need no quotes.
    Map(Vec<(&'static str, Yaml)>),
}

impl From<&str> for Yaml {
    fn from(text: &str) -> Yaml {
        Yaml::Text(text.to_owned())
    }
}

impl From<String> for Yaml {
    fn from(text: String) -> Yaml {
        Yaml::Text(text)
    }
}

impl From<Vec<Yaml>> for Yaml {
    fn from(list: Vec<Yaml>) -> Yaml {
        Yaml::List(list)
    }
}

impl Yaml {
    /// The text of the document. Empty maps and lists are left out.
    pub(super) fn document(&self) -> String {
        let mut out = String::new();
        self.write(0, &mut out);
        out
    }

    fn write(&self, depth: usize, out: &mut String) {
        match self {
            Yaml::Text(text) => {
                out.push_str(&quoted(text));
                out.push('\n');
            }
            Yaml::List(list) => {
                for item in list {
                    out.push_str(&"  ".repeat(depth));
                    out.push_str("- ");
                    let mut part = String::new();
                    item.write(depth + 1, &mut part);
                    // The first line follows the dash.
                    out.push_str(part.trim_start_matches(' '));
                }
            }
            Yaml::Map(entries) => {
                for (key, value) in entries.iter().filter(|(_, value)| !value.is_empty()) {
                    write!(out, "{}{key}:", "  ".repeat(depth))
                        .expect("writing into a string cannot fail");
                    out.push(if matches!(value, Yaml::Text(_)) { ' ' } else { '\n' });
                    value.write(depth + 1, out);
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Yaml::Text(_) => false,
            Yaml::List(list) => list.is_empty(),
            Yaml::Map(entries) => entries.iter().all(|(_, value)| value.is_empty()),
        }
    }
}

/// A text in double quotes, where each character has one meaning.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            _ if is_printable(character) => quoted.push(character),
            _ => write!(quoted, "\\U{:08X}", u32::from(character))
                .expect("writing into a string cannot fail"),
        }
    }
    quoted.push('"');
    quoted
}

fn is_printable(character: char) -> bool {
    let is_break = matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    !character.is_control() && !is_break
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_nested_and_quoted() {
        let hard = "a: \"b\" \\ # 'c'\n- é\u{1b}\u{2028}📈 ";
        let item = Yaml::Map(vec![
            ("key", hard.into()),
            ("none", Yaml::List(vec![])),
            ("list", Yaml::List(vec!["0".into(), "no".into()])),
            ("map", Yaml::Map(vec![("x", "1".into())])),
        ]);
        let written = Yaml::Map(vec![("items", Yaml::List(vec![item.clone(), item]))]).document();
        let one = concat!(
            "  - key: \"a: \\\"b\\\" \\\\ # 'c'\\n- é\\U0000001B\\U00002028📈 \"\n",
            "    list:\n      - \"0\"\n      - \"no\"\n",
            "    map:\n      x: \"1\"\n",
        );
        assert_eq!(written, format!("items:\n{one}{one}"));
    }
}
