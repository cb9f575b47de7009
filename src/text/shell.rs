//! Words of a command, as a shell reads them.

/// A word of a command that a user copies: in quotes where a shell would change it.
pub fn quoted(word: &str) -> String {
    let is_plain = |one: u8| one.is_ascii_alphanumeric() || b"-_./:=,@%+~".contains(&one);
    if !word.is_empty() && word.bytes().all(is_plain) && !word.starts_with('~') {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stays_one_word() {
        for (word, expected) in [
            ("db1.example:5432", "db1.example:5432"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", "'it'\\''s'"),
            ("$(id)", "'$(id)'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
