//! Unpacks an archive of check folders in memory and within limits; it writes no file.

use std::io::{Cursor, Read};
use std::path::Path;

use tar::{Archive, Entry, EntryType};

use super::bundle::{self, Bundle};
use super::error::SignatureError;
use crate::packing::gunzip;
use crate::text::visible::visible;

/// How an archive is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
}

impl Compression {
    /// The compression of a file, by its name.
    pub(super) fn by_name(path: &Path) -> Result<Compression, SignatureError> {
        let name = path.to_string_lossy();
        match () {
            () if name.ends_with(".tar") => Ok(Compression::None),
            () if name.ends_with(".tar.gz") || name.ends_with(".tgz") => Ok(Compression::Gzip),
            // A path without such a suffix that does not exist is probably meant as a folder.
            () => match path.metadata() {
                Err(source) => Err(SignatureError::Read { path: path.to_owned(), source }),
                Ok(_) => Err(SignatureError::Archive {
                    place: path.display().to_string(),
                    problem: "is a file; give the folder of the check, its parent folder, or an archive (.tar, .tar.gz or .tgz)"
                        .to_owned(),
                }),
            },
        }
    }
}

/// The files of an archive.
pub(super) fn unpack(
    path: &Path,
    compression: Compression,
    bytes: &[u8],
) -> Result<Bundle, SignatureError> {
    let place = path.display().to_string();
    let refuse = |problem: String| SignatureError::Archive { place: place.clone(), problem };
    let unpacked = match compression {
        Compression::None => bytes.to_vec(),
        Compression::Gzip => inflate(bytes).map_err(refuse)?,
    };
    let mut bundle = Bundle::new(place.clone());
    // The error may contain text of the archive, with line breaks and escape sequences.
    let broken = |error: std::io::Error| {
        refuse(format!("is not a valid archive: {}", visible(&error.to_string())))
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
    // At least two empty blocks follow the last entry. Some programs would also read a second archive after them.
    let rest = usize::try_from(end).ok().and_then(|end| unpacked.get(end..));
    match rest {
        Some(rest) if rest.len() >= 1024 && rest.iter().all(|byte| *byte == 0) => bundle.complete(),
        Some(rest) if rest.len() >= 1024 => Err(refuse("has data after its end".to_owned())),
        _ => Err(refuse("is truncated".to_owned())),
    }
}

/// The name and bytes of an entry that is a file; nothing for a folder.
fn file(
    entry: &mut Entry<'_, Cursor<&[u8]>>,
    bundle: &Bundle,
    broken: &impl Fn(std::io::Error) -> SignatureError,
) -> Result<Option<(String, Vec<u8>)>, SignatureError> {
    let raw = entry.path_bytes().into_owned();
    let shown = String::from_utf8_lossy(&raw).into_owned();
    let kind = entry.header().entry_type();
    // Git writes the commit into this header, which is not a file.
    if kind == EntryType::XGlobalHeader {
        return Ok(None);
    }
    let text = std::str::from_utf8(&raw)
        .map_err(|_| bundle.refuse(&shown, "has a name that is not UTF-8"))?;
    let folder = kind == EntryType::Directory;
    let text = if folder { text.trim_end_matches('/') } else { text };
    if folder && text == "." {
        return Ok(None);
    }
    let name =
        bundle::check_name(text).map_err(|problem| bundle.refuse(&shown, problem))?.to_owned();
    match kind {
        EntryType::Directory if entry.size() == 0 => Ok(None),
        EntryType::Regular => {
            let mut bytes = Vec::new();
            entry.take(bundle::LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(broken)?;
            if bytes.len() as u64 > bundle::LARGEST_FILE {
                return Err(bundle.refuse(&shown, "is larger than 1024 KiB"));
            }
            if bytes.len() as u64 != entry.size() {
                return Err(bundle.refuse(&shown, "is truncated"));
            }
            Ok(Some((name, bytes)))
        }
        EntryType::Symlink | EntryType::Link => Err(bundle.refuse(
            &shown,
            "is a link; an archive of checks contains only regular files and folders",
        )),
        _ => Err(bundle.refuse(&shown, "is neither a regular file nor a folder")),
    }
}

/// The uncompressed bytes, or why they cannot be read.
fn inflate(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    gunzip(bytes)
        .take(bundle::LARGEST + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| format!("cannot be uncompressed: {error}"))?;
    if unpacked.len() as u64 > bundle::LARGEST {
        return Err(format!(
            "is larger than {} MiB when uncompressed",
            bundle::LARGEST / 1024 / 1024
        ));
    }
    Ok(unpacked)
}
