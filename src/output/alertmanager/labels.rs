//! The labels of alerts: legal names, harmless values, and what posemo says itself always wins.
//!
//! Whether two alerts have the same labels is not looked at here.

use std::collections::BTreeMap;

use crate::text::visible::visible;

/// The names that posemo gives itself; nobody else's label takes their place.
pub const OWN: [&str; 8] =
    ["alertname", "check", "database", "instance", "job", "number", "object", "severity"];

/// Characters of a value. PostgreSQL's names are shorter, a script's texts may be longer.
const LONGEST: usize = 500;

/// Labels in the making.
#[derive(Debug, Clone)]
pub(super) struct Labels(BTreeMap<String, String>);

impl Labels {
    /// Begins with what the receiver gives every alert.
    pub(super) fn new(given: &[(&str, &str)]) -> Labels {
        let given = given.iter().map(|(name, text)| ((*name).to_owned(), value(text)));
        Labels(given.collect())
    }

    /// Sets one of posemo's own.
    pub(super) fn set(&mut self, name: &'static str, text: &str) {
        self.0.insert(name.to_owned(), value(text));
    }

    /// Adds a script's labels, under names that are legal and free.
    pub(super) fn add(&mut self, labels: &BTreeMap<String, String>) {
        for (name, text) in labels {
            let text = value(text);
            let name = legal(name);
            if self.0.get(&name) == Some(&text) {
                continue;
            }
            let is_taken =
                |name: &String| OWN.contains(&name.as_str()) || self.0.contains_key(name);
            let numbered = (2..).map(|number| format!("label_{name}_{number}"));
            let names = [name.clone(), format!("label_{name}")].into_iter().chain(numbered);
            let free = names.into_iter().find(|name| !is_taken(name));
            self.0.insert(free.expect("the numbers do not end"), text);
        }
    }

    /// What an Alertmanager keeps: to it, a label without a value is not there.
    pub(super) fn done(mut self) -> BTreeMap<String, String> {
        self.0.retain(|_, text| !text.is_empty());
        self.0
    }
}

/// A value as posemo writes it: people read it in mails, chats and terminals.
pub fn value(text: &str) -> String {
    visible(&text.chars().take(LONGEST).collect::<String>())
}

/// `sequence_usage` is `PosemoSequenceUsage`, as alerts are customarily named.
pub(super) fn alertname(check: &str) -> String {
    let words = check.split(|character: char| !character.is_ascii_alphanumeric());
    let capitalized = words.map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    format!("Posemo{}", capitalized.collect::<String>())
}

/// Letters, digits and underscores, no digit first; two underscores first belong to Prometheus itself.
fn legal(name: &str) -> String {
    let legal = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
    let name: String = name.chars().map(legal).collect();
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
    fn names_are_legal_and_told_apart() {
        let mut labels = Labels::new(&[("team", "dba")]);
        labels.set("check", "alive");
        let script =
            [("a-b", "1"), ("a.b", "2"), ("check", "x"), ("9", "n"), ("", "e"), ("team", "y")];
        let script = script.map(|(name, text)| (name.to_owned(), text.to_owned()));
        labels.add(&BTreeMap::from(script));
        let done = labels.done();
        let said = done.iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>();
        let expected =
            "a_b=1 check=alive label_=e label_9=n label_a_b=2 label_check=x label_team=y team=dba";
        assert_eq!(said.join(" "), expected);
        assert!(done.keys().all(|name| legal(name) == *name));
    }

    #[test]
    fn a_check_names_its_alert() {
        for (check, expected) in
            [("alive", "PosemoAlive"), ("sequence_usage", "PosemoSequenceUsage"), ("", "Posemo")]
        {
            assert_eq!(alertname(check), expected);
        }
    }
}
