//! Writes YAML of which every scalar is a quoted text, as Zabbix wants it.
//!
//! It reads nothing, and knows no document.

use std::fmt::Write;

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A scalar; always a text.
    Text(String),
    /// Items in order.
    List(Vec<Node>),
    /// Entries in order; the keys are plain words.
    Map(Vec<(&'static str, Node)>),
}

impl From<&str> for Node {
    fn from(text: &str) -> Node {
        Node::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Node {
        Node::Text(text)
    }
}

impl From<Vec<Node>> for Node {
    fn from(list: Vec<Node>) -> Node {
        Node::List(list)
    }
}

impl Node {
    /// The document; a map or a list that is empty is left out where it stands.
    pub(super) fn document(&self) -> String {
        let mut out = String::new();
        self.write(0, &mut out);
        out
    }

    fn write(&self, depth: usize, out: &mut String) {
        match self {
            Node::Text(text) => {
                out.push_str(&quoted(text));
                out.push('\n');
            }
            Node::List(list) => {
                for item in list {
                    out.push_str(&"  ".repeat(depth));
                    out.push_str("- ");
                    let mut part = String::new();
                    item.write(depth + 1, &mut part);
                    // The first line goes on behind the dash.
                    out.push_str(part.trim_start_matches(' '));
                }
            }
            Node::Map(entries) => {
                for (key, value) in entries.iter().filter(|(_, value)| !value.is_empty()) {
                    write!(out, "{}{key}:", "  ".repeat(depth))
                        .expect("writing into a string cannot fail");
                    out.push(if matches!(value, Node::Text(_)) { ' ' } else { '\n' });
                    value.write(depth + 1, out);
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Node::Text(_) => false,
            Node::List(list) => list.is_empty(),
            Node::Map(entries) => entries.iter().all(|(_, value)| value.is_empty()),
        }
    }
}

/// In double quotes, where YAML has one meaning for each character.
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
    fn a_document_nests_and_quotes() {
        let hard = "a: \"b\" \\ # 'c'\n- é\u{1b}\u{2028}📈 ";
        let item = Node::Map(vec![
            ("key", hard.into()),
            ("none", Node::List(vec![])),
            ("list", Node::List(vec!["0".into(), "no".into()])),
            ("map", Node::Map(vec![("x", "1".into())])),
        ]);
        let written = Node::Map(vec![("items", Node::List(vec![item.clone(), item]))]).document();
        let one = concat!(
            "  - key: \"a: \\\"b\\\" \\\\ # 'c'\\n- é\\U0000001B\\U00002028📈 \"\n",
            "    list:\n      - \"0\"\n      - \"no\"\n",
            "    map:\n      x: \"1\"\n",
        );
        assert_eq!(written, format!("items:\n{one}{one}"));
    }
}
