//! Reads YAML into a tree in which every key and value knows its line.
//!
//! It knows no keys; what they mean is looked at elsewhere, so that all mistakes of a file can be told at once.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{MessageFormatter, Spanned};

use crate::text::mistake::Mistake;

/// Deeper than any file of checks.
const DEEPEST: usize = 24;

/// More than any file of checks has, and nothing to a machine.
const NODES: usize = 100_000;

/// So often aliases may repeat something in a file; no file of checks has any.
const REPEATED: usize = 1_000;

/// A value and where it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
}

/// What YAML knows.
#[derive(Debug)]
pub(super) enum Value {
    /// `~`, or nothing at all.
    Nothing,
    /// A text, a number or a truth value, as text.
    Scalar(String),
    /// A number without a fraction that is no text.
    Number(u64),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) line: usize,
    pub(super) text: String,
}

/// The documents of a text. A text that is no YAML is one complaint: nothing after it can be trusted.
pub(super) fn documents(file: &str, text: &str) -> Result<Vec<Node>, Mistake> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEEPEST, max_nodes: NODES },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: REPEATED },
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    };
    let read: Result<Vec<Spanned<Value>>, _> =
        serde_saphyr::from_multiple_with_options(text.trim_start_matches('\u{feff}'), options);
    read.map(|nodes| nodes.into_iter().map(Node::from).collect()).map_err(|error| Mistake {
        file: file.to_owned(),
        line: error.location().map_or(0, |location| line(location.line())),
        key: String::new(),
        message: serde_saphyr::UserMessageFormatter.format_message(&error).into_owned(),
    })
}

impl Node {
    /// The text of a scalar; numbers and truth values as they are written.
    pub(super) fn text(&self) -> Option<String> {
        match &self.value {
            Value::Scalar(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Nothing | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// What it is, in a word for a message.
    pub(super) fn sort(&self) -> &'static str {
        match self.value {
            Value::Nothing => "nothing",
            Value::Scalar(_) => "a text",
            Value::Number(_) => "a number",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Node {
        Node { line: line(spanned.referenced.line()), value: spanned.value }
    }
}

fn line(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Scalar(truth.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(u64::try_from(number).map_or_else(|_| Value::Scalar(number.to_string()), Value::Number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Scalar(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Scalar(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element::<Spanned<Value>>()? {
            nodes.push(node.into());
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = map.next_entry::<Spanned<String>, Spanned<Value>>()? {
            entries
                .push((Key { line: line(key.referenced.line()), text: key.value }, value.into()));
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_know_their_lines() {
        let text = "---\nchecks:\n  - version: 1\n    all: True\n    script: |\n      a\n      b\n---\nchecks: []\n";
        let documents = documents("f", text).unwrap();
        assert_eq!(documents.len(), 2);
        let Value::Map(map) = &documents[0].value else { panic!("{documents:?}") };
        assert_eq!((map[0].0.line, map[0].0.text.as_str()), (2, "checks"));
        let Value::List(list) = &map[0].1.value else { panic!("{map:?}") };
        let Value::Map(check) = &list[0].value else { panic!("{list:?}") };
        let said: Vec<(usize, &str, Option<String>)> =
            check.iter().map(|(key, node)| (key.line, key.text.as_str(), node.text())).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            said,
            [(3, "version", text("1")), (4, "all", text("true")), (5, "script", text("a\nb\n"))]
        );
    }

    #[test]
    fn what_is_no_yaml_or_too_much_has_a_line() {
        let bomb = format!(
            "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [{0}]\nc: &c [{1}]\nd: [{2}]\n",
            ["*a"; 10].join(", "),
            ["*b"; 10].join(", "),
            ["*c"; 10].join(", ")
        );
        let deep = format!("a: {}{}", "[".repeat(40), "]".repeat(40));
        for (text, line) in [
            ("a: 1\nb: 2\na: 3\n", 3),
            ("a: [1\nb: 2\n", 2),
            ("a: *missing\n", 1),
            ("a: &x {b: 1}\nc:\n  <<: *x\n", 3),
            (bomb.as_str(), 3),
            (deep.as_str(), 1),
        ] {
            let complaint = documents("f", text).unwrap_err();
            assert_eq!(complaint.line, line, "{text}: {complaint}");
            assert!(
                !complaint.message.is_empty() && !complaint.message.contains('\n'),
                "{complaint}"
            );
        }
    }
}
