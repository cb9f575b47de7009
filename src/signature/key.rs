//! A minisign public key, read from one line of text.

use std::fmt;
use std::str::FromStr;

use minisign_verify::PublicKey;

/// A public key whose signatures are trusted.
#[derive(Clone, PartialEq, Eq)]
pub struct TrustedKey {
    pub(super) public: PublicKey,
    id: String,
}

/// A text that is no public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a minisign public key: write the second line of the .pub file, 56 characters that begin with RW"
)]
pub struct KeyError(String);

impl TrustedKey {
    /// The id of the key, as minisign prints it: up to 16 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl FromStr for TrustedKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<TrustedKey, KeyError> {
        // `RW` is the algorithm Ed; there are no other keys, though signatures may be of another kind.
        let public = PublicKey::from_base64(text).ok().filter(|_| text.starts_with("RW"));
        // A secret key may have been pasted, and must not be shown.
        let shown = text.chars().take(6).collect::<String>() + "…";
        Ok(TrustedKey { public: public.ok_or(KeyError(shown))?, id: id(text).unwrap_or_default() })
    }
}

impl fmt::Debug for TrustedKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Key({})", self.id)
    }
}

/// The name of the key in the base64 text of a key or signature: the eight bytes after two, the last one first.
pub(super) fn id(text: &str) -> Option<String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.as_bytes().get(..14)?;
    let digit = |byte: &u8| ALPHABET.iter().position(|known| known == byte);
    let bits =
        digits.iter().try_fold(0_u128, |bits, byte| Some(bits << 6 | digit(byte)? as u128))?;
    // 14 digits are 84 bits, which is 4 more than 10 bytes.
    let id = u64::try_from(bits >> 4 & u128::from(u64::MAX)).ok()?.swap_bytes();
    // As minisign writes it, without zeros in front.
    Some(format!("{id:X}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key of minisign's own manual, with the name that minisign gives it.
    const MANUAL: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    #[test]
    fn keys_are_named_as_minisign_names_them() {
        assert_eq!(MANUAL.parse::<TrustedKey>().unwrap().id(), "E7620F1842B4E81F");
        let short = "RWTbiwTnqfNVBhlmzYzDylI0xGhu/pIHCXbV3Np9sPUJgq3io0rdQ1pg";
        assert_eq!(short.parse::<TrustedKey>().unwrap().id(), "655F3A9E7048BDB");
        assert_eq!(format!("{:?}", MANUAL.parse::<TrustedKey>().unwrap()), "Key(E7620F1842B4E81F)");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "RWQ",
            "untrusted comment: minisign public key E7620F1842B4E81F",
            // The algorithm of signatures, ED, is that of no key.
            &MANUAL.replacen("RW", "RU", 1),
            &MANUAL[..52],
            &format!("{MANUAL}\n"),
            &format!(" {MANUAL}"),
            &format!("{MANUAL}AAAA"),
            &MANUAL.replace('5', "*"),
        ] {
            let error = text.parse::<TrustedKey>().expect_err(text).to_string();
            assert!(error.contains("is not a minisign public key") && error.len() < 140, "{error}");
        }
    }
}
