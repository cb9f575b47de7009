//! The labels of alerts: valid names, harmless values, and no label of a script replaces one of posemo's.

use std::collections::BTreeMap;

use crate::text::short_hash::{ADDED, with_hash};
use crate::text::visible::visible;

/// The names of the labels that posemo sets. Labels of scripts and settings never replace them.
pub const OWN: [&str; 8] =
    ["alertname", "check", "database", "instance", "job", "number", "object", "severity"];

/// The maximum length of a value in characters. Names in PostgreSQL are shorter; texts of a script may be longer.
const LONGEST: usize = 500;

/// The labels of an alert while they are collected.
#[derive(Debug, Clone)]
pub(super) struct AlertLabels(BTreeMap<String, String>);

impl AlertLabels {
    /// The labels that the settings of the receiver add to each alert.
    pub(super) fn new(configured: &[(&str, &str)]) -> AlertLabels {
        let labels = configured.iter().map(|(name, text)| ((*name).to_owned(), value(text)));
        AlertLabels(labels.collect())
    }

    /// Sets a label of posemo.
    pub(super) fn set(&mut self, name: &'static str, text: &str) {
        self.0.insert(name.to_owned(), value(text));
    }

    /// Adds the labels of a finding, under names that are valid and not used yet.
    pub(super) fn add(&mut self, labels: &BTreeMap<String, String>) {
        for (name, text) in labels {
            let text = value(text);
            let name = valid_name(name);
            if self.0.get(&name) == Some(&text) {
                continue;
            }
            let is_taken =
                |name: &String| OWN.contains(&name.as_str()) || self.0.contains_key(name);
            let numbered = (2..).map(|number| format!("label_{name}_{number}"));
            let names = [name.clone(), format!("label_{name}")].into_iter().chain(numbered);
            let free = names.into_iter().find(|name| !is_taken(name));
            self.0.insert(free.expect("one of the numbered names is not used"), text);
        }
    }

    /// The labels that are not empty: Alertmanager ignores a label without a value.
    pub(super) fn into_map(mut self) -> BTreeMap<String, String> {
        self.0.retain(|_, text| !text.is_empty());
        self.0
    }
}

/// A text as the value of a label: cut, and harmless in mails, chats and terminals. A text that is changed gets a hash, so
/// that two texts do not have the same value. A value stays the same if it is converted again.
pub fn value(text: &str) -> String {
    let shown = visible(text);
    if shown == text && text.chars().count() <= LONGEST {
        return shown;
    }
    with_hash(&shown.chars().take(LONGEST - ADDED).collect::<String>(), '#', text)
}

/// The name of a check's alert, in the usual form: `PosemoSequenceUsage` for `sequence_usage`.
pub fn alertname(check: &str) -> String {
    let parts = check.split(|character: char| !character.is_ascii_alphanumeric());
    let capitalized = parts.map(|part| {
        let (first, rest) = part.split_at(part.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    format!("Posemo{}", capitalized.collect::<String>())
}

/// Letters, digits and underscores. A digit first is not valid, and two underscores first are reserved by Prometheus.
fn valid_name(name: &str) -> String {
    let valid = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
    let name: String = name.chars().map(valid).collect();
    if name.is_empty() || name.starts_with("__") || name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("label_{}", name.trim_start_matches('_'))
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_unique() {
        let mut labels = AlertLabels::new(&[("team", "dba")]);
        labels.set("check", "alive");
        let script =
            [("a-b", "1"), ("a.b", "2"), ("check", "x"), ("9", "n"), ("", "e"), ("team", "y")];
        let script = script.map(|(name, text)| (name.to_owned(), text.to_owned()));
        labels.add(&BTreeMap::from(script));
        let labels = labels.into_map();
        let shown = labels.iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>();
        let expected =
            "a_b=1 check=alive label_=e label_9=n label_a_b=2 label_check=x label_team=y team=dba";
        assert_eq!(shown.join(" "), expected);
        assert!(labels.keys().all(|name| valid_name(name) == *name));
    }

    #[test]
    fn an_alert_is_named_after_its_check() {
        for (check, expected) in
            [("alive", "PosemoAlive"), ("sequence_usage", "PosemoSequenceUsage"), ("", "Posemo")]
        {
            assert_eq!(alertname(check), expected);
        }
    }
}
