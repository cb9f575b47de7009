//! Writes item keys exactly as Zabbix writes them for discovered items.

use crate::text::short_hash::{ADDED, seems_hashed, with_hash};
use crate::text::visible::visible;

/// The maximum length of a name in characters. Zabbix limits a key to 2048 and the name of an item to 255 characters.
const LONGEST: usize = 180;

/// A key: `posemo.state[sequence_usage,"com,ma"]`, or only the name if it has no parameters.
///
/// Zabbix compares keys as texts, so that a parameter must be quoted exactly if Zabbix quotes it.
pub fn key(name: &str, parameters: &[&str]) -> String {
    if parameters.is_empty() {
        return name.to_owned();
    }
    let parameters: Vec<String> = parameters.iter().map(|text| parameter(text)).collect();
    format!("{name}[{}]", parameters.join(","))
}

/// The name of a database or an object in keys and discovery.
///
/// Characters that are not plain are spelled out. Braces become parentheses: Zabbix would replace a macro in them, perhaps
/// a secret one. A long name is cut. A name that is changed gets a hash, so that two names never have the same key; so does a
/// name that ends in a backslash, because a quoted parameter or macro context must not end in one.
pub fn key_name(name: &str) -> String {
    let shown = visible(&name.replace('{', "(").replace('}', ")"));
    let is_short = shown.chars().count() <= LONGEST;
    if is_short && shown == name && !shown.ends_with('\\') && !seems_hashed(name, '#') {
        return shown;
    }
    with_hash(&shown.chars().take(LONGEST - ADDED).collect::<String>(), '#', name)
}

fn parameter(text: &str) -> String {
    if needs_quotes(text) { format!("\"{}\"", text.replace('"', "\\\"")) } else { text.to_owned() }
}

fn needs_quotes(text: &str) -> bool {
    text.starts_with([' ', '"', '[']) || text.contains([',', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_quoted_as_zabbix_quotes_them() {
        for (text, expected) in [
            ("plain", "k[plain]"),
            ("com,ma", "k[\"com,ma\"]"),
            ("br]acket", "k[\"br]acket\"]"),
            ("[bracket", "k[\"[bracket\"]"),
            ("br[acket", "k[br[acket]"),
            (" lead", "k[\" lead\"]"),
            ("trail ", "k[trail ]"),
            ("\"lead,", "k[\"\\\"lead,\"]"),
            ("in\"quote", "k[in\"quote]"),
            ("back\\slash,", "k[\"back\\slash,\"]"),
            ("endback\\", "k[endback\\]"),
            ("", "k[]"),
        ] {
            assert_eq!(key("k", &[text]), expected);
        }
        assert_eq!(key("k", &[]), "k");
        assert_eq!(key("k", &["a", "b,c"]), "k[a,\"b,c\"]");
    }

    #[test]
    fn names_that_a_key_cannot_contain_are_changed() {
        for (name, expected) in [
            ("größe.表", "größe.表"),
            ("a,b\\", "a,b\\#"),
            ("{$SECRET}{#DATABASE}", "($SECRET)(#DATABASE)#"),
            ("two\nlines\0\u{202e}", "two\\nlines\\x00\\u{202e}#"),
        ] {
            let key = key_name(name);
            assert_eq!(&key[..key.len() - if key == expected { 0 } else { 12 }], expected);
        }
        let names = ["a{", "a(", "a\n", "a\\n", "a\\", "a\\_", &key_name("a{"), "a(#"];
        let keys: std::collections::BTreeSet<_> = names.iter().map(|name| key_name(name)).collect();
        assert_eq!(keys.len(), names.len(), "{keys:?}");
        let [one, other] = [200, 201].map(|count| key_name(&"表".repeat(count)));
        assert_eq!(one.chars().count(), LONGEST);
        assert_eq!(one.split_once('#').unwrap().0, "表".repeat(LONGEST - 13));
        assert_ne!(one, other);
    }
}
