//! A short hash behind a name that a format cannot write in full, so that two names never become the same.

use sha2::{Digest, Sha256};

/// The number of hexadecimal digits. Names are chosen by attackers too, so a few digits are not enough.
const DIGITS: usize = 12;

/// The characters that [`with_hash`] adds.
pub const ADDED: usize = DIGITS + 1;

/// A changed or cut name, with the hash of the original one.
pub fn with_hash(changed: &str, mark: char, original: &str) -> String {
    let hash = Sha256::digest(original);
    let hash = hash.iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
    format!("{changed}{mark}{}", &hash[..DIGITS])
}

/// Whether a name ends like a result of [`with_hash`]. It gets a hash, too, so that it cannot imitate another name.
pub fn seems_hashed(name: &str, mark: char) -> bool {
    name.rsplit_once(mark).is_some_and(|(_, end)| {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        end.len() == DIGITS && end.bytes().all(is_digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_distinguishes_and_is_recognized() {
        let [one, other] = ["größe", "grüße"].map(|name| with_hash("gr__e", '-', name));
        assert_ne!(one, other);
        assert_eq!(one, with_hash("gr__e", '-', "größe"));
        assert_eq!(one.len(), "gr__e".len() + ADDED);
        assert!(seems_hashed(&one, '-') && !seems_hashed(&one, '#'));
        for name in ["a-0123456789aB", "a-0123456789a", "0123456789ab", "a-0123456789abc"] {
            assert!(!seems_hashed(name, '-'), "{name}");
        }
    }
}
