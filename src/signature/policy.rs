//! The trusted keys, and whether a signature is required.

use std::path::{Path, PathBuf};

use super::error::{SignatureError, SignatureFault};
use super::key::TrustedKey;
use super::{files, key};

/// The trusted keys, and whether a signature is required.
#[derive(Debug, Clone, Default)]
pub struct SignaturePolicy {
    /// A signature of one of them is enough.
    pub keys: Vec<TrustedKey>,
    /// The setting that requires a signature, with its file; nothing if none does.
    pub required_by: Option<String>,
}

impl SignaturePolicy {
    /// Whether a signature must be verified. It fails if a required signature does not exist.
    pub(super) fn applies(&self, path: &Path, signature: &Path) -> Result<bool, SignatureError> {
        let exists = signature.symlink_metadata().is_ok();
        match (&self.required_by, exists) {
            (Some(settings), false) => Err(SignatureError::Unsigned {
                path: path.to_owned(),
                signature: signature.to_owned(),
                settings: settings.clone(),
            }),
            (None, true) if self.keys.is_empty() => {
                let signature = signature.display();
                tracing::info!("{signature} is not verified: the settings have no key");
                Ok(false)
            }
            (_, exists) => Ok(exists),
        }
    }
}

/// The key that made one of several signatures of a file.
pub(super) fn verify_file(
    path: &Path,
    bytes: &[u8],
    signatures: &[PathBuf],
    keys: &[TrustedKey],
) -> Result<TrustedKey, SignatureError> {
    let mut refused = None;
    for signature in signatures {
        let text = files::read(signature, key::LARGEST_SIGNATURE)?;
        let text = std::str::from_utf8(&text).map_err(|_| SignatureFault::Form);
        match text.and_then(|text| key::verify(bytes, text, keys)) {
            Ok(key) => {
                tracing::info!("{} is signed with the key {}", path.display(), key.id());
                return Ok(key.clone());
            }
            // A trusted key that signed other bytes explains more than an unknown key.
            Err(fault) if refused.is_none() || matches!(fault, SignatureFault::Altered { .. }) => {
                let (path, signature) = (path.to_owned(), signature.clone());
                refused = Some(SignatureError::Signature { path, signature, fault });
            }
            Err(_) => {}
        }
    }
    Err(refused.unwrap_or_else(|| SignatureError::Unsigned {
        path: path.to_owned(),
        signature: files::signature_of(path),
        settings: "the command".to_owned(),
    }))
}
