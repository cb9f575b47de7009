//! Signed catalogues: whether the folder or archive of a `--checks` may be believed, found out before it is parsed.
//!
//! It makes no signatures, and it never looks at what a check says: bytes are read once, verified, handed on.

use std::path::{Path, PathBuf};

use super::check::Check;
use super::error::CatalogError;
use super::folder::Folder;
use super::validate;
pub(super) use bundle::{LARGEST_FILE, is_seal};
use error::{SealError, SignatureFault};
use key::Key;

mod archive;
mod bundle;
pub mod error;
pub mod key;
mod reading;
mod signature;
pub mod sums;
mod tree;

/// The list of hashes in a signed folder, as `sha256sum` writes it.
pub const SUMS: &str = "SHA256SUMS";

/// What the name of a signed file ends with, in the name of its signature.
pub const SUFFIX: &str = ".minisig";

/// The name of a file, and what is in it.
pub type NamedBytes = (String, Vec<u8>);

/// Whose signatures are believed, and whether there must be one.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Any of them will do.
    pub keys: Vec<Key>,
    /// Who says that there must be a signature, as the user would find it; none, where nobody does.
    pub required_by: Option<String>,
}

/// The check folders of one `--checks`, read and, where they are signed, verified. No file of them is read again.
#[derive(Debug, Clone)]
pub struct Reading {
    pub(super) folders: Vec<Folder>,
    /// The key whose signature verified; none, where nothing was verified.
    pub signed_by: Option<Key>,
}

/// Reads a folder or an archive: the signature first, then the hashes, and only then the rest.
pub fn open(path: &Path, trust: &Trust) -> Result<Reading, SealError> {
    match sealed(path, trust)? {
        Some(reading) => Ok(reading),
        None => Ok(Reading { folders: Folder::read_all(path)?, signed_by: None }),
    }
}

/// Reads what is read as a whole, cases included: an archive, or a folder whose signature is looked at. None is
/// for a folder that need not be signed; of that nothing is read.
pub fn sealed(path: &Path, trust: &Trust) -> Result<Option<Reading>, SealError> {
    if path.is_dir() {
        let signature = path.join(format!("{SUMS}{SUFFIX}"));
        if !trust.looks_at(path, &signature)? {
            return Ok(None);
        }
        let (files, key) = tree::read(path, trust)?;
        return Ok(Some(Reading { folders: files.folders(Some(path))?, signed_by: Some(key) }));
    }
    let kind = archive::Kind::of(path)?;
    let bytes = reading::file(path, archive::LARGEST)?;
    let signature = signature_of(path);
    let signed_by = if trust.looks_at(path, &signature)? {
        Some(trust.verify(path, &bytes, &signature)?)
    } else {
        None
    };
    let files = archive::unpack(path, kind, &bytes)?;
    Ok(Some(Reading { folders: files.folders(None)?, signed_by }))
}

/// The key that made a signature of some bytes, if it is one of those given and nothing was altered.
pub fn verify<'k>(
    bytes: &[u8],
    signature: &str,
    keys: &'k [Key],
) -> Result<&'k Key, SignatureFault> {
    signature::verify(bytes, signature, keys)
}

/// The key that made one of several signatures of a file; `bytes` are what was read of the file, and `path` its name.
pub fn verify_file(
    path: &Path,
    bytes: &[u8],
    signatures: &[PathBuf],
    keys: &[Key],
) -> Result<Key, SealError> {
    let mut refused = None;
    for signature in signatures {
        let text = reading::file(signature, signature::LARGEST)?;
        let text = std::str::from_utf8(&text).map_err(|_| SignatureFault::Form);
        match text.and_then(|text| verify(bytes, text, keys)) {
            Ok(key) => {
                tracing::info!("{} is signed with the key {}", path.display(), key.id());
                return Ok(key.clone());
            }
            // That a known key signed something else says more than that a stranger signed it.
            Err(fault) if refused.is_none() || matches!(fault, SignatureFault::Altered { .. }) => {
                let (path, signature) = (path.to_owned(), signature.clone());
                refused = Some(SealError::Signature { path, signature, fault });
            }
            Err(_) => {}
        }
    }
    Err(refused.unwrap_or_else(|| SealError::Unsigned {
        path: path.to_owned(),
        signature: signature_of(path),
        settings: "the command".to_owned(),
    }))
}

impl Reading {
    /// The checks: the name of each, what it is or why it is none, and the files of its cases as they were read.
    pub fn checks(
        &self,
    ) -> impl Iterator<Item = (&str, Result<Check, CatalogError>, &[NamedBytes])> {
        self.folders
            .iter()
            .map(|folder| (folder.name.as_ref(), validate::check(folder), folder.cases.as_slice()))
    }
}

impl Trust {
    /// Whether a signature is to be verified; an error where there must be one and is none.
    fn looks_at(&self, path: &Path, signature: &Path) -> Result<bool, SealError> {
        let there = signature.symlink_metadata().is_ok();
        match (&self.required_by, there) {
            (Some(settings), false) => Err(SealError::Unsigned {
                path: path.to_owned(),
                signature: signature.to_owned(),
                settings: settings.clone(),
            }),
            (None, true) if self.keys.is_empty() => {
                tracing::info!(
                    "{} is not looked at: the settings name no key",
                    signature.display()
                );
                Ok(false)
            }
            (_, there) => Ok(there),
        }
    }

    /// The key that signed the bytes of a file, by the signature in another.
    fn verify(&self, path: &Path, bytes: &[u8], signature: &Path) -> Result<Key, SealError> {
        verify_file(path, bytes, &[signature.to_owned()], &self.keys)
    }
}

/// The signature of a file stands beside it, with a longer name.
fn signature_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(SUFFIX);
    PathBuf::from(name)
}
