//! Reads YAML into a tree with the line of each key and value.
//!
//! It validates no keys: the rules report all mistakes of a file at once.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{MessageFormatter, Spanned};

use crate::text::mistake::Mistake;

/// The limit for nested values. Files of checks need fewer levels.
const DEEPEST: usize = 24;

/// The limit for values in a file. Files of checks have fewer.
const NODES: usize = 100_000;

/// The limit for values that aliases repeat. Files of checks have no aliases.
const REPEATED: usize = 1_000;

/// The same, in files of programs whose users write aliases.
const REPEATED_OF_OTHERS: usize = 50_000;

/// A value and the line where it begins.
#[derive(Debug)]
pub struct YamlNode {
    /// The line where it begins, from 1.
    pub line: usize,
    /// The value.
    pub value: YamlValue,
}

/// A value of YAML.
#[derive(Debug)]
pub enum YamlValue {
    /// `~`, or no value.
    Null,
    /// A string, a boolean, or a number other than `Number`.
    Scalar(String),
    /// A whole number that is not negative.
    Number(u64),
    /// A sequence.
    List(Vec<YamlNode>),
    /// A mapping, in the order of the file.
    Map(Vec<(YamlKey, YamlNode)>),
}

/// A key of a mapping.
#[derive(Debug)]
pub struct YamlKey {
    /// The line, from 1.
    pub line: usize,
    /// The text.
    pub text: String,
}

/// The documents of a text. A text that is not YAML has one mistake: the rest of it cannot be read reliably.
pub fn documents(file: &str, text: &str) -> Result<Vec<YamlNode>, Mistake> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEEPEST, max_nodes: NODES },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: REPEATED },
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    };
    read(file, text, options)
}

/// The same, as programs in Go read YAML: with merge keys, and with more aliases. A key that a mapping contains twice is in the
/// result twice.
pub fn documents_of_others(file: &str, text: &str) -> Result<Vec<YamlNode>, Mistake> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
            max_nodes: NODES,
            // Many queries can merge one mapping.
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: REPEATED_OF_OTHERS },
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Merge,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
        strict_booleans: true,
        with_snippet: false,
    };
    read(file, text, options)
}

fn read(file: &str, text: &str, options: serde_saphyr::Options) -> Result<Vec<YamlNode>, Mistake> {
    let read: Result<Vec<Spanned<YamlValue>>, _> =
        serde_saphyr::from_multiple_with_options(text.trim_start_matches('\u{feff}'), options);
    read.map(|nodes| nodes.into_iter().map(YamlNode::from).collect()).map_err(|error| {
        let line = error.location().map_or(0, |location| line(location.line()));
        mistake(file, line, "", serde_saphyr::UserMessageFormatter.format_message(&error))
    })
}

/// A mistake in a file.
pub fn mistake(file: &str, line: usize, key: &str, message: impl Into<String>) -> Mistake {
    Mistake { file: file.to_owned(), line, key: key.to_owned(), message: message.into() }
}

impl YamlNode {
    /// The text of a scalar or number.
    pub fn text(&self) -> Option<String> {
        match &self.value {
            YamlValue::Scalar(text) => Some(text.clone()),
            YamlValue::Number(number) => Some(number.to_string()),
            YamlValue::Null | YamlValue::List(_) | YamlValue::Map(_) => None,
        }
    }

    /// The value as a part of a file in which other lines are before it.
    #[must_use]
    pub fn below(mut self, lines: usize) -> YamlNode {
        self.line += lines;
        self.value = match self.value {
            YamlValue::List(items) => {
                YamlValue::List(items.into_iter().map(|item| item.below(lines)).collect())
            }
            YamlValue::Map(entries) => {
                let below = |(key, node): (YamlKey, YamlNode)| {
                    (YamlKey { line: key.line + lines, ..key }, node.below(lines))
                };
                YamlValue::Map(entries.into_iter().map(below).collect())
            }
            other => other,
        };
        self
    }

    /// The type of the value, with its article.
    pub fn type_name(&self) -> &'static str {
        match self.value {
            YamlValue::Null => "empty",
            YamlValue::Scalar(_) => "a text",
            YamlValue::Number(_) => "a number",
            YamlValue::List(_) => "a list",
            YamlValue::Map(_) => "a mapping",
        }
    }
}

impl From<Spanned<YamlValue>> for YamlNode {
    fn from(spanned: Spanned<YamlValue>) -> YamlNode {
        YamlNode { line: line(spanned.referenced.line()), value: spanned.value }
    }
}

fn line(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl<'de> Deserialize<'de> for YamlValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<YamlValue, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = YamlValue;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<YamlValue, E> {
        Ok(YamlValue::Null)
    }

    fn visit_none<E>(self) -> Result<YamlValue, E> {
        Ok(YamlValue::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<YamlValue, E> {
        Ok(YamlValue::Scalar(truth.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<YamlValue, E> {
        Ok(YamlValue::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<YamlValue, E> {
        Ok(u64::try_from(number)
            .map_or_else(|_| YamlValue::Scalar(number.to_string()), YamlValue::Number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<YamlValue, E> {
        Ok(YamlValue::Scalar(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<YamlValue, E> {
        Ok(YamlValue::Scalar(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<YamlValue, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element::<Spanned<YamlValue>>()? {
            nodes.push(node.into());
        }
        Ok(YamlValue::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<YamlValue, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = map.next_entry::<Spanned<String>, Spanned<YamlValue>>()? {
            entries.push((
                YamlKey { line: line(key.referenced.line()), text: key.value },
                value.into(),
            ));
        }
        Ok(YamlValue::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_have_their_lines() {
        let text = "---\nchecks:\n  - version: 1\n    all: True\n    script: |\n      a\n      b\n---\nchecks: []\n";
        let documents = documents("f", text).unwrap();
        assert_eq!(documents.len(), 2);
        let YamlValue::Map(map) = &documents[0].value else { panic!("{documents:?}") };
        assert_eq!((map[0].0.line, map[0].0.text.as_str()), (2, "checks"));
        let YamlValue::List(list) = &map[0].1.value else { panic!("{map:?}") };
        let YamlValue::Map(check) = &list[0].value else { panic!("{list:?}") };
        let values: Vec<(usize, &str, Option<String>)> =
            check.iter().map(|(key, node)| (key.line, key.text.as_str(), node.text())).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            values,
            [(3, "version", text("1")), (4, "all", text("true")), (5, "script", text("a\nb\n"))]
        );
    }

    #[test]
    fn yaml_of_other_programs_has_merge_keys_and_repeated_keys() {
        let many = (0..500).fold("a: &a {x: 1}\n".to_owned(), |text, number| {
            format!("{text}b{number}: {{<<: *a}}\n")
        });
        assert_eq!(documents_of_others("f", &many).unwrap().len(), 1);
        let text =
            "a: &a {x: 1, y: 2}\nb:\n  y: 3\n  <<: *a\nc:\n  <<: [*a, {z: 4}]\n  y: 5\nb: 6\n";
        let documents = documents_of_others("f", text).unwrap();
        let YamlValue::Map(root) = &documents[0].value else { panic!("{documents:?}") };
        let keys: Vec<(&str, usize)> =
            root.iter().map(|(key, _)| (key.text.as_str(), key.line)).collect();
        assert_eq!(keys, [("a", 1), ("b", 2), ("c", 5), ("b", 8)]);
        let values = |index: usize| {
            let YamlValue::Map(map) = &root[index].1.value else { panic!("{root:?}") };
            let mut values: Vec<(&str, Option<String>)> =
                map.iter().map(|(key, node)| (key.text.as_str(), node.text())).collect();
            values.sort();
            values
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(values(1), [("x", text("1")), ("y", text("3"))]);
        assert_eq!(values(2), [("x", text("1")), ("y", text("5")), ("z", text("4"))]);
    }

    #[test]
    fn invalid_and_excessive_yaml_is_reported_with_its_line() {
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
            let mistake = documents("f", text).unwrap_err();
            assert_eq!(mistake.line, line, "{text}: {mistake}");
            assert!(!mistake.message.is_empty() && !mistake.message.contains('\n'), "{mistake}");
        }
    }
}
