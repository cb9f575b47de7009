//! Unpacks an archive of check folders in memory, within limits; nothing is written to a disk.
//!
//! Whether it is signed has been found out before.

use std::io::{Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use super::bundle::{self, Bundle};
use super::error::SealError;

/// A larger archive is not read. It is as much as may come out of one.
pub(super) const LARGEST: u64 = bundle::LARGEST;

/// The two kinds of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Gzip,
}

impl Kind {
    /// The kind of a file, by its name.
    pub(super) fn of(path: &Path) -> Result<Kind, SealError> {
        let name = path.to_string_lossy();
        match () {
            () if name.ends_with(".tar") => Ok(Kind::Plain),
            () if name.ends_with(".tar.gz") || name.ends_with(".tgz") => Ok(Kind::Gzip),
            // What is not there, and is no archive by its name, was to be a folder.
            () => match path.metadata() {
                Err(source) => Err(SealError::Read { path: path.to_owned(), source }),
                Ok(_) => Err(SealError::Archive {
                    place: path.display().to_string(),
                    problem: "is a file; name the folder of the check, or the one around it, or an archive: .tar, .tar.gz or .tgz"
                        .to_owned(),
                }),
            },
        }
    }
}

/// The files of an archive.
pub(super) fn unpack(path: &Path, kind: Kind, bytes: &[u8]) -> Result<Bundle, SealError> {
    let place = path.display().to_string();
    let refuse = |problem: String| SealError::Archive { place: place.clone(), problem };
    let unpacked = match kind {
        Kind::Plain => bytes.to_vec(),
        Kind::Gzip => inflate(bytes).map_err(refuse)?,
    };
    let mut bundle = Bundle::new(place.clone());
    // The error may repeat what the archive says, line breaks and escapes included.
    let broken = |error: std::io::Error| {
        refuse(format!("is no sound archive: {}", error.to_string().escape_debug()))
    };
    let mut archive = Archive::new(Cursor::new(unpacked.as_slice()));
    let mut end = 0;
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        bundle.count()?;
        if let Some((name, bytes)) = file(&mut entry, &bundle, &broken)? {
            bundle.add(name, bytes)?;
        }
        let blocks = entry.size().checked_next_multiple_of(512);
        end =
            blocks.and_then(|size| entry.raw_file_position().checked_add(size)).unwrap_or(u64::MAX);
    }
    // Behind the last entry are two empty blocks at least. A second archive there would be seen by some programs only.
    let rest = usize::try_from(end).ok().and_then(|end| unpacked.get(end..));
    match rest {
        Some(rest) if rest.len() >= 1024 && rest.iter().all(|byte| *byte == 0) => bundle.whole(),
        Some(rest) if rest.len() >= 1024 => Err(refuse("has something behind its end".to_owned())),
        _ => Err(refuse("was cut off".to_owned())),
    }
}

/// Name and bytes of an entry that is a file; none for a folder.
fn file(
    entry: &mut Entry<'_, Cursor<&[u8]>>,
    bundle: &Bundle,
    broken: &impl Fn(std::io::Error) -> SealError,
) -> Result<Option<(String, Vec<u8>)>, SealError> {
    let raw = entry.path_bytes().into_owned();
    let shown = String::from_utf8_lossy(&raw).into_owned();
    let kind = entry.header().entry_type();
    // Git writes the commit down there; there is no file with it.
    if kind == EntryType::XGlobalHeader {
        return Ok(None);
    }
    let text = std::str::from_utf8(&raw)
        .map_err(|_| bundle.refuse(&shown, "has a name that is no UTF-8 text"))?;
    let folder = kind == EntryType::Directory;
    let text = if folder { text.trim_end_matches('/') } else { text };
    if folder && text == "." {
        return Ok(None);
    }
    let name = bundle::name(text).map_err(|problem| bundle.refuse(&shown, problem))?.to_owned();
    match kind {
        EntryType::Directory if entry.size() == 0 => Ok(None),
        EntryType::Regular => {
            let mut bytes = Vec::new();
            entry.take(bundle::LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(broken)?;
            if bytes.len() as u64 > bundle::LARGEST_FILE {
                return Err(bundle.refuse(&shown, "is larger than 1024 KiB"));
            }
            if bytes.len() as u64 != entry.size() {
                return Err(bundle.refuse(&shown, "was cut off"));
            }
            Ok(Some((name, bytes)))
        }
        EntryType::Symlink | EntryType::Link => {
            Err(bundle
                .refuse(&shown, "is a link; only regular files and folders belong in an archive"))
        }
        _ => Err(bundle.refuse(&shown, "is neither a regular file nor a folder")),
    }
}

/// The bytes that were compressed, or why they are not given.
fn inflate(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(LARGEST + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| format!("cannot be uncompressed: {error}"))?;
    if unpacked.len() as u64 > LARGEST {
        return Err(format!("is larger than {} MiB when uncompressed", LARGEST / 1024 / 1024));
    }
    Ok(unpacked)
}
