//! The keys of one check in an advisor file, and the mistakes found in them.

use super::yaml::{YamlKey, YamlNode, YamlValue, mistake};
use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;

/// The keys and values of a mapping.
pub(super) type Entries = [(YamlKey, YamlNode)];

/// The keys of a check. A mistake does not end the validation, so that the user gets all of them at once.
pub(super) struct CheckFields<'f> {
    pub(super) file: &'f str,
    /// The text of the whole file.
    pub(super) text: &'f str,
    /// The first line of the check.
    pub(super) line: usize,
    /// The name of the check in messages.
    pub(super) label: String,
    pub(super) entries: &'f Entries,
    pub(super) mistakes: Vec<Mistake>,
}

impl<'f> CheckFields<'f> {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'f YamlNode> {
        find(self.entries, key).map(|(_, node)| node)
    }

    /// The text of a key that must exist.
    pub(super) fn required(&mut self, key: &str) -> Option<String> {
        let text = self.optional(key);
        // `optional` reports a value that is not a text.
        let is_reported = self.get(key).is_some_and(|node| !is_text_or_null(node));
        if text.is_none() && !is_reported {
            self.mistake(key, "is missing; each check must have this key");
        }
        text
    }

    /// The text of a key that can be missing. An empty text is treated as missing.
    pub(super) fn optional(&mut self, key: &str) -> Option<String> {
        let node = self.get(key)?;
        if !is_text_or_null(node) {
            self.mistake(key, format!("is {}; must be a text", node.type_name()));
        }
        node.text().filter(|text| !text.is_empty())
    }

    /// Reports keys that are not known. `path` is written before each key in messages.
    pub(super) fn report_unknown_keys(&mut self, known: &[&str], entries: &Entries, path: &str) {
        for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.text.as_str())) {
            let suggestion = suggestion(&key.text, known.iter().copied());
            let message = format!("unknown key \"{}\"{suggestion}", key.text);
            self.mistake_at(key.line, &format!("{path}{}", key.text), message);
        }
    }

    /// Reports keys that have a value and belong to another version of the format.
    pub(super) fn report_keys_of_other_version(&mut self, keys: &[&str], message: &str) {
        for key in keys {
            let is_empty = |node: &YamlNode| match &node.value {
                YamlValue::Null => true,
                YamlValue::List(items) => items.is_empty(),
                YamlValue::Scalar(text) => text.is_empty(),
                YamlValue::Number(_) | YamlValue::Map(_) => false,
            };
            if self.get(key).is_some_and(|node| !is_empty(node)) {
                self.mistake(key, message);
            }
        }
    }

    /// The line of the first occurrence of a character in a value that begins on a line.
    pub(super) fn line_with(&self, line: usize, wanted: char) -> usize {
        let lines = self.text.lines().skip(line.saturating_sub(1));
        lines.zip(line..).find(|(text, _)| text.contains(wanted)).map_or(line, |(_, number)| number)
    }

    /// The line of a key; for a missing key the first line of the check.
    pub(super) fn line_of(&self, key: &str) -> usize {
        find(self.entries, key).map_or(self.line, |(key, _)| key.line)
    }

    /// Reports a mistake in the value of a key.
    pub(super) fn mistake(&mut self, key: &str, message: impl Into<String>) {
        self.mistake_at(self.line_of(key), key, message);
    }

    /// Reports a mistake on a line.
    pub(super) fn mistake_at(&mut self, line: usize, key: &str, message: impl Into<String>) {
        let key = format!("{}.{key}", self.label);
        self.mistakes.push(mistake(self.file, line, &key, message));
    }
}

/// The key and the value with a name.
pub(super) fn find<'e>(entries: &'e Entries, name: &str) -> Option<&'e (YamlKey, YamlNode)> {
    entries.iter().find(|(key, _)| key.text == name)
}

fn is_text_or_null(node: &YamlNode) -> bool {
    node.text().is_some() || matches!(node.value, YamlValue::Null)
}
