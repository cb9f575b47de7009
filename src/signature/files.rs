//! Reads a regular file once and completely, up to a limit; and the names of signature files.
//!
//! A pipe or device is refused without waiting for it.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::error::SignatureError;

/// The list of hashes in a signed folder, as `sha256sum` writes it.
pub(super) const SUMS: &str = "SHA256SUMS";

/// The suffix that minisign adds to the name of a signed file.
const SUFFIX: &str = ".minisig";

/// The signature of a file is in the same folder and has this suffix.
pub(super) fn signature_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(SUFFIX);
    PathBuf::from(name)
}

/// Whether a file of a signed folder belongs to the signature.
pub(super) fn is_signature_file(name: &str) -> bool {
    name == SUMS || name.strip_suffix(SUFFIX) == Some(SUMS)
}

/// Reads a file that the user named; it may be a symbolic link.
pub(super) fn read(path: &Path, largest: u64) -> Result<Vec<u8>, SignatureError> {
    read_with(path, largest, OFlags::NONBLOCK)
}

/// Reads a file that must not be a symbolic link.
pub(super) fn read_no_link(path: &Path, largest: u64) -> Result<Vec<u8>, SignatureError> {
    read_with(path, largest, OFlags::NONBLOCK | OFlags::NOFOLLOW)
}

fn read_with(path: &Path, largest: u64, flags: OFlags) -> Result<Vec<u8>, SignatureError> {
    bytes(path, largest, flags)
        .map_err(|source| SignatureError::Read { path: path.to_owned(), source })
}

fn bytes(path: &Path, largest: u64, flags: OFlags) -> io::Result<Vec<u8>> {
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    // One byte more than the limit shows that a file is too large.
    file.take(largest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest {
        return Err(io::Error::other(format!("it is larger than {} KiB", largest / 1024)));
    }
    Ok(bytes)
}
