//! The names of the files that make up a signature.

use std::path::{Path, PathBuf};

/// The list of hashes in a signed folder, as `sha256sum` writes it.
pub(super) const SUMS: &str = "SHA256SUMS";

/// The suffix that minisign adds to the name of a signed file.
const SUFFIX: &str = ".minisig";

/// The signature of a file is beside it, with a longer name.
pub(super) fn signature_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(SUFFIX);
    PathBuf::from(name)
}

/// Whether a file of a signed folder belongs to the signature.
pub(super) fn is_signature_file(name: &str) -> bool {
    name == SUMS || name.strip_suffix(SUFFIX) == Some(SUMS)
}
