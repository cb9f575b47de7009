//! Signed folders and archives: reads all files, and verifies them before anything is parsed.
//!
//! It makes no signatures and does not interpret the files; `catalog` makes checks of them.

use std::path::{Path, PathBuf};

use bundle::Bundle;
use error::{SignatureError, SignatureFault};
use key::TrustedKey;
use policy::SignaturePolicy;

mod archive;
pub mod bundle;
pub mod error;
mod files;
mod folder;
pub mod key;
pub mod policy;
pub mod sums;

/// The files of a folder or an archive, and the key of the verified signature.
#[derive(Debug)]
pub struct Opened {
    /// The files.
    pub bundle: Bundle,
    /// Nothing if no signature was verified.
    pub signed_by: Option<TrustedKey>,
}

/// Reads an archive, or a folder whose signature must be verified. Returns nothing for a folder whose signature need
/// not be verified, and reads none of its files.
pub fn open(path: &Path, policy: &SignaturePolicy) -> Result<Option<Opened>, SignatureError> {
    if path.is_dir() {
        if !policy.applies(path, &folder::signature_in(path))? {
            return Ok(None);
        }
        let (bundle, key) = folder::read(path, policy)?;
        return Ok(Some(Opened { bundle, signed_by: Some(key) }));
    }
    let compression = archive::Compression::by_name(path)?;
    let bytes = files::read(path, bundle::LARGEST)?;
    let signature = files::signature_of(path);
    let signed_by = if policy.applies(path, &signature)? {
        Some(verify_file(path, &bytes, &[signature], &policy.keys)?)
    } else {
        None
    };
    let bundle = archive::unpack(path, compression, &bytes)?;
    Ok(Some(Opened { bundle, signed_by }))
}

/// The key that made a signature of these bytes. It fails if none of the keys made it, or if the bytes or the
/// signature were altered.
pub fn verify<'k>(
    bytes: &[u8],
    signature: &str,
    keys: &'k [TrustedKey],
) -> Result<&'k TrustedKey, SignatureFault> {
    key::verify(bytes, signature, keys)
}

/// The key that made one of several signatures of a file. `bytes` is the content of the file at `path`.
pub fn verify_file(
    path: &Path,
    bytes: &[u8],
    signatures: &[PathBuf],
    keys: &[TrustedKey],
) -> Result<TrustedKey, SignatureError> {
    policy::verify_file(path, bytes, signatures, keys)
}

/// Whether a file of a signed folder belongs to the signature: the list of hashes, or the signature of the list.
pub fn is_signature_file(name: &str) -> bool {
    files::is_signature_file(name)
}
