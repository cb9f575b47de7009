//! Item keys, spelled the one way in which Zabbix spells them when it fills in what was discovered.
//!
//! It knows neither reports nor which items there are.

use sha2::{Digest, Sha256};

use crate::text::visible::visible;

/// How many characters a name may have in a key, which Zabbix limits to 2048, and in an item's name, to 255.
const LONGEST: usize = 180;

/// A key: `posemo.state[sequence_usage,"com,ma"]`, or the bare name where there are no parameters.
///
/// Zabbix compares keys as texts, so that a parameter must be quoted exactly where Zabbix itself quotes it.
pub fn key(name: &str, parameters: &[&str]) -> String {
    if parameters.is_empty() {
        return name.to_owned();
    }
    let parameters: Vec<String> = parameters.iter().map(|text| parameter(text)).collect();
    format!("{name}[{}]", parameters.join(","))
}

/// The name of a database or an object as keys and discovery have it.
///
/// Characters that cannot be seen are spelled out, braces become parentheses (in them Zabbix would look for a
/// macro, a secret one perhaps), a long name is cut and gets a hash, and one that ends in a backslash gets an
/// underscore, as nothing that has to be quoted may end so, in a key as in the context of a macro.
pub fn spelled(name: &str) -> String {
    let mut spelled = visible(&name.replace('{', "(").replace('}', ")"));
    if spelled.chars().count() > LONGEST {
        let hash = Sha256::digest(name);
        let hash = hash[..6].iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
        spelled = format!("{}#{hash}", spelled.chars().take(LONGEST - 13).collect::<String>());
    }
    if spelled.ends_with('\\') {
        spelled.push('_');
    }
    spelled
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
    fn parameters_are_quoted_where_zabbix_quotes_them() {
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
    fn names_that_no_key_can_hold_are_spelled_otherwise() {
        for (name, expected) in [
            ("größe.表", "größe.表"),
            ("a,b\\", "a,b\\_"),
            ("ab\\", "ab\\_"),
            ("{$SECRET}{#DATABASE}", "($SECRET)(#DATABASE)"),
            ("two\nlines\0\u{202e}", "two\\nlines\\x00\\u{202e}"),
        ] {
            assert_eq!(spelled(name), expected);
        }
        let [one, other] = [200, 201].map(|count| spelled(&"表".repeat(count)));
        assert_eq!(one.chars().count(), LONGEST);
        assert_eq!(one.split_once('#').unwrap().0, "表".repeat(LONGEST - 13));
        assert_ne!(one, other);
    }
}
