//! Reads a whole file once, up to a limit, and only a regular one.
//!
//! A pipe or device in its place is refused without waiting for it.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use super::error::SignatureError;

/// Reads a file that the user named; it may be a symbolic link.
pub(super) fn file(path: &Path, largest: u64) -> Result<Vec<u8>, SignatureError> {
    read(path, largest, OFlags::NONBLOCK)
}

/// Reads a file that must not be a symbolic link.
pub(super) fn plain_file(path: &Path, largest: u64) -> Result<Vec<u8>, SignatureError> {
    read(path, largest, OFlags::NONBLOCK | OFlags::NOFOLLOW)
}

fn read(path: &Path, largest: u64, flags: OFlags) -> Result<Vec<u8>, SignatureError> {
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
    // One byte more than the limit tells what is too large from what just fits.
    file.take(largest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest {
        return Err(io::Error::other(format!("it is larger than {} KiB", largest / 1024)));
    }
    Ok(bytes)
}
