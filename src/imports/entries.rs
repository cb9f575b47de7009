//! Reads keys of a YAML mapping in the forms in which people write them.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::percona::yaml::{YamlKey, YamlNode, YamlValue};

/// The keys and values of a mapping.
#[derive(Debug, Clone, Copy)]
pub(super) struct YamlEntries<'e>(pub(super) &'e [(YamlKey, YamlNode)]);

impl<'e> YamlEntries<'e> {
    /// The entries of a node, if it is a mapping.
    pub(super) fn of(node: &'e YamlNode) -> Option<YamlEntries<'e>> {
        match &node.value {
            YamlValue::Map(entries) => Some(YamlEntries(entries)),
            _ => None,
        }
    }

    /// The value of a key.
    pub(super) fn get(self, key: &str) -> Option<&'e YamlNode> {
        self.0.iter().find(|(known, _)| known.text == key).map(|(_, node)| node)
    }

    /// The line of a later key with the same text as the key at a position: its value is the one that counts.
    pub(super) fn replaced_in(self, index: usize) -> Option<usize> {
        let (key, _) = self.0.get(index)?;
        let later = self.0[index + 1..].iter().find(|(other, _)| other.text == key.text);
        later.map(|(other, _)| other.line)
    }

    /// A key that is in its mapping twice.
    pub(super) fn repeated(self) -> Option<&'e YamlKey> {
        let mut known = BTreeSet::new();
        let own = self.0.iter().find(|(key, _)| !known.insert(&key.text)).map(|(key, _)| key);
        own.or_else(|| self.0.iter().find_map(|(_, node)| repeated(node)))
    }

    /// The text of a key; empty texts are absent.
    pub(super) fn text(self, key: &str) -> Option<String> {
        self.get(key)?.text().filter(|text| !text.trim().is_empty())
    }

    /// The mapping of a key.
    pub(super) fn map(self, key: &str) -> Option<YamlEntries<'e>> {
        YamlEntries::of(self.get(key)?)
    }

    /// The items of a list; none for any other value.
    pub(super) fn list(self, key: &str) -> &'e [YamlNode] {
        match self.get(key).map(|node| &node.value) {
            Some(YamlValue::List(items)) => items,
            _ => &[],
        }
    }

    /// The texts of a list, or of a text.
    pub(super) fn texts(self, key: &str) -> Vec<String> {
        let one = self.text(key);
        self.list(key).iter().filter_map(YamlNode::text).chain(one).collect()
    }

    /// Whether a key is true.
    pub(super) fn is_true(self, key: &str) -> bool {
        self.text(key).is_some_and(|text| matches!(text.to_lowercase().as_str(), "true" | "yes"))
    }

    /// The number of seconds of a key, at least 1; absent for 0.
    pub(super) fn seconds(self, key: &str) -> Option<u64> {
        seconds(&self.text(key)?)
    }

    /// The first line.
    pub(super) fn line(self) -> usize {
        self.0.first().map_or(0, |(key, _)| key.line)
    }
}

/// A key in a value that is in its mapping twice.
pub(super) fn repeated(node: &YamlNode) -> Option<&YamlKey> {
    match &node.value {
        YamlValue::Map(entries) => YamlEntries(entries).repeated(),
        YamlValue::List(items) => items.iter().find_map(repeated),
        YamlValue::Null | YamlValue::Scalar(_) | YamlValue::Number(_) => None,
    }
}

/// The number of seconds of a duration such as `30`, `0.5`, `90s` and `1m30s`, rounded up; absent for 0, and for a text that
/// is not a duration.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return whole(number);
    }
    let (mut total, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        total += number
            * match &after[..end] {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = &after[end..];
    }
    whole(total)
}

fn whole(seconds: f64) -> Option<u64> {
    /// Longer intervals are mistakes.
    const LONGEST: f64 = 31_536_000.0;
    if !(seconds > 0.0 && seconds <= LONGEST) {
        return None;
    }
    Some(Duration::from_secs_f64(seconds.ceil()).as_secs())
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn durations_have_many_forms() {
        for (text, expected) in [
            ("30", Some(30)),
            ("0.5", Some(1)),
            ("1m30s", Some(90)),
            ("500ms", Some(1)),
            ("2h", Some(7200)),
            ("0", None),
            ("0s", None),
            ("-5", None),
            ("inf", None),
            ("NaN", None),
            ("soon", None),
            ("5 m", None),
            ("1e300", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
