//! Reads minisign public keys, and verifies minisign signatures of the bytes and of the trusted comment.
//!
//! A signature has no date: an older catalog that the same key signed is verified as well.

use std::fmt;
use std::str::FromStr;

use minisign_verify::{PublicKey, Signature};

use super::error::SignatureFault;

/// A public key whose signatures are trusted.
#[derive(Clone, PartialEq, Eq)]
pub struct TrustedKey {
    public: PublicKey,
    id: String,
}

/// A text that is not a public key.
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
        // `RW` is the algorithm Ed, the only one for keys. Signatures can have another one.
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

/// The id of the key in the base64 text of a key or signature: bytes 3 to 10, the last one first.
fn id(text: &str) -> Option<String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.as_bytes().get(..14)?;
    let digit = |byte: &u8| ALPHABET.iter().position(|known| known == byte);
    let bits =
        digits.iter().try_fold(0_u128, |bits, byte| Some(bits << 6 | digit(byte)? as u128))?;
    // 14 digits are 84 bits, which is 4 more than 10 bytes.
    let id = u64::try_from(bits >> 4 & u128::from(u64::MAX)).ok()?.swap_bytes();
    // minisign prints it without leading zeros.
    Some(format!("{id:X}"))
}

/// Bytes. Signatures are shorter: minisign limits the comments to 1 and 8 KiB.
pub(super) const LARGEST_SIGNATURE: u64 = 16 * 1024;

/// The key that made a signature, of either kind: `Ed` (of the bytes) or `ED` (of their hash).
pub(super) fn verify<'k>(
    bytes: &[u8],
    signature: &str,
    keys: &'k [TrustedKey],
) -> Result<&'k TrustedKey, SignatureFault> {
    let lines: Vec<&str> = signature.lines().collect();
    // The decoder ignores the first line and everything after the fourth.
    let [untrusted, encoded, ..] = lines[..] else { return Err(SignatureFault::Form) };
    if lines.len() != 4 || !untrusted.starts_with("untrusted comment: ") {
        return Err(SignatureFault::Form);
    }
    let decoded = Signature::decode(signature).map_err(|_| SignatureFault::Form)?;
    let maker = id(encoded).ok_or(SignatureFault::Form)?;
    let mut known = keys.iter().filter(|key| key.id() == maker).peekable();
    if known.peek().is_none() {
        let known: Vec<&str> = keys.iter().map(TrustedKey::id).collect();
        return Err(SignatureFault::UntrustedKey { maker, known: known.join(", ") });
    }
    known
        .find(|key| key.public.verify(bytes, &decoded, true).is_ok())
        .ok_or(SignatureFault::Altered { maker })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key in the manual of minisign.
    const MANUAL: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    #[test]
    fn ids_are_those_that_minisign_prints() {
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
            // The algorithm ED is for signatures only.
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
