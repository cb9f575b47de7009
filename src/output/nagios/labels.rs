//! Makes the labels of metrics in the characters that a format allows. A label depends on the names of its metric, not on
//! the order of the metrics.

use std::collections::{HashMap, HashSet};

use crate::text::short_hash::{seems_hashed, with_hash};

/// A label before characters are replaced.
pub(crate) struct WantedLabel {
    /// The names, separated by blanks.
    pub(crate) text: String,
    /// The names, separated by a character that is not in them.
    pub(crate) identity: String,
}

/// The characters that a format allows in labels.
pub(crate) struct LabelRules {
    /// Characters beside ASCII letters and digits; all others become underscores.
    pub(crate) allowed: &'static str,
    /// Characters that become underscores and are usual in names.
    pub(crate) usual: &'static str,
    /// The character before the hash.
    pub(crate) mark: char,
}

impl LabelRules {
    /// A label for each metric, no two of which are the same.
    ///
    /// A label gets a hash of its names if an unusual character was replaced, or if it equals the label of other names.
    /// Metrics with the same names are numbered.
    pub(crate) fn labels(&self, wanted: &[WantedLabel]) -> Vec<String> {
        let plain: Vec<Option<String>> = wanted.iter().map(|label| self.plain(label)).collect();
        let mut identities = HashMap::<&str, HashSet<&str>>::new();
        for (plain, wanted) in plain.iter().zip(wanted) {
            if let Some(plain) = plain {
                identities.entry(plain).or_default().insert(&wanted.identity);
            }
        }
        let mut given = HashSet::new();
        let labels = plain.iter().zip(wanted).map(|(plain, wanted)| {
            let only = |plain: &&String| identities[plain.as_str()].len() == 1;
            let label = match plain.as_ref().filter(only) {
                Some(plain) => plain.clone(),
                None => with_hash(&self.replaced(&wanted.text), self.mark, &wanted.identity),
            };
            let numbered = (2..).map(|number| format!("{label}{}{number}", self.mark));
            let mut candidates = std::iter::once(label.clone()).chain(numbered);
            let free = candidates.find(|candidate| given.insert(candidate.clone()));
            free.expect("one of the numbered labels is not used")
        });
        labels.collect()
    }

    /// The label without a hash, if it has no unusual characters.
    fn plain(&self, label: &WantedLabel) -> Option<String> {
        let text = &label.text;
        let usual = |character: char| self.allows(character) || self.usual.contains(character);
        let trimmed = text.trim() == text && !text.is_empty();
        let plain = self.replaced(text);
        (trimmed && text.chars().all(usual) && !seems_hashed(&plain, self.mark)).then_some(plain)
    }

    fn replaced(&self, text: &str) -> String {
        let text = if text.trim().is_empty() { "unnamed" } else { text.trim() };
        let replace = |character: char| if self.allows(character) { character } else { '_' };
        text.chars().map(replace).collect()
    }

    fn allows(&self, character: char) -> bool {
        character.is_ascii_alphanumeric() || self.allowed.contains(character)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: [LabelRules; 2] = [
        LabelRules { allowed: " _.-", usual: "", mark: '-' },
        LabelRules { allowed: "_", usual: " .-", mark: '_' },
    ];

    fn label(text: &str) -> WantedLabel {
        WantedLabel { text: text.to_owned(), identity: text.to_owned() }
    }

    #[test]
    fn usual_names_stay_and_others_get_a_hash() {
        for (text, nagios, checkmk) in [
            ("public.order_number used", "public.order_number used", "public_order_number_used"),
            ("größe", "gr__e-", "gr__e_"),
            ("a=b", "a_b-", "a_b_"),
            ("a'b", "a_b-", "a_b_"),
            ("a;|\n\"", "a____-", "a_____"),
            ("  ", "unnamed-", "unnamed_"),
            ("a ", "a-", "a_"),
        ] {
            for (rules, expected) in RULES.iter().zip([nagios, checkmk]) {
                let found = rules.labels(&[label(text)]).remove(0);
                let hashed = seems_hashed(&found, rules.mark);
                let shown = if hashed { &found[..found.len() - 12] } else { &found };
                assert_eq!(shown, expected, "{text}: {found}");
                assert!(found.chars().all(|character| rules.allows(character)), "{found}");
            }
        }
    }

    /// The same in each order, and never the same for two names.
    #[test]
    fn a_label_does_not_depend_on_the_order() {
        let imitation = RULES[0].labels(&[label("größe")]).remove(0);
        let long = "表".repeat(100);
        let other_long = format!("{long}语");
        let names = [
            "größe",
            "grüße",
            "gräße",
            "a=b",
            "a'b",
            "a_b",
            "a b",
            "a.b",
            "a-b",
            "",
            " ",
            "\n",
            &imitation,
            &long,
            &other_long,
            "plain",
            "a\\n",
            "a\n",
            "A",
            "a",
        ];
        for rules in RULES {
            let of = |names: &[&str]| {
                let wanted: Vec<_> = names.iter().map(|name| label(name)).collect();
                let labels = rules.labels(&wanted);
                let pairs = names.iter().map(|name| (*name).to_owned()).zip(labels);
                pairs.collect::<HashMap<String, String>>()
            };
            let forwards = of(&names);
            let mut reversed = names;
            reversed.reverse();
            assert_eq!(forwards, of(&reversed));
            let different: HashSet<&String> = forwards.values().collect();
            assert_eq!(different.len(), names.len(), "{forwards:#?}");
            // Without a twin, the labels of unusual names are the same.
            assert_eq!(of(&["größe"])["größe"], forwards["größe"]);
        }
    }

    #[test]
    fn names_that_are_joined_differently_and_equal_names_are_distinct() {
        let joined =
            |parts: [&str; 2]| WantedLabel { text: parts.join(" "), identity: parts.join("\0") };
        let labels = RULES[0].labels(&[joined(["a b", "c"]), joined(["a", "b c"])]);
        assert!(labels[0] != labels[1] && labels.iter().all(|label| label.starts_with("a b c-")));
        assert_eq!(RULES[0].labels(&[label("a"), label("a")]), ["a", "a-2"]);
    }
}
