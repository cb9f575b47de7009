//! Verifies minisign signatures of the bytes and of the trusted comment.
//!
//! A signature has no date: an older catalog that the same key signed is verified as well.

use minisign_verify::Signature;

use super::error::SignatureFault;
use super::key::{self, TrustedKey};

/// No signature is longer: minisign's comments end at 1 and 8 KiB.
pub(super) const LARGEST: u64 = 16 * 1024;

/// The key that made a signature, of either kind: `Ed` (of the bytes) or `ED` (of their hash).
pub(super) fn verify<'k>(
    bytes: &[u8],
    signature: &str,
    keys: &'k [TrustedKey],
) -> Result<&'k TrustedKey, SignatureFault> {
    let lines: Vec<&str> = signature.lines().collect();
    // The decoder does not look at the first line, nor behind the fourth.
    let [untrusted, encoded, ..] = lines[..] else { return Err(SignatureFault::Form) };
    if lines.len() != 4 || !untrusted.starts_with("untrusted comment: ") {
        return Err(SignatureFault::Form);
    }
    let decoded = Signature::decode(signature).map_err(|_| SignatureFault::Form)?;
    let maker = key::id(encoded).ok_or(SignatureFault::Form)?;
    let mut known = keys.iter().filter(|key| key.id() == maker).peekable();
    if known.peek().is_none() {
        let known: Vec<&str> = keys.iter().map(TrustedKey::id).collect();
        return Err(SignatureFault::Stranger { maker, known: known.join(", ") });
    }
    known
        .find(|key| key.public.verify(bytes, &decoded, true).is_ok())
        .ok_or(SignatureFault::Altered { maker })
}
