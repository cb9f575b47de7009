//! The files of a signed folder or an archive, in memory and within limits.

use std::collections::BTreeMap;

use super::error::SignatureError;
use crate::text::visible::visible;

/// The maximum number of entries of a folder or an archive.
const MOST: usize = 10_000;

/// The maximum size of a file, in bytes.
pub const LARGEST_FILE: u64 = 1024 * 1024;

/// The maximum size of all files together, and of an archive, in bytes.
pub(super) const LARGEST: u64 = 64 * 1024 * 1024;

/// The name of a file and its content.
pub type NamedBytes = (String, Vec<u8>);

/// Files by their names; a folder in a name is separated by `/`.
#[derive(Debug)]
pub struct Bundle {
    place: String,
    files: BTreeMap<String, Vec<u8>>,
    entries: usize,
    bytes: u64,
}

impl Bundle {
    /// A bundle without files. `place` names the folder or archive in messages.
    pub(super) fn new(place: String) -> Bundle {
        Bundle { place, files: BTreeMap::new(), entries: 0, bytes: 0 }
    }

    /// The folder or archive, as messages name it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The names and contents of all files, sorted by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// Whether a file exists.
    pub fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// Counts an entry of any kind.
    pub(super) fn count(&mut self) -> Result<(), SignatureError> {
        self.entries += 1;
        if self.entries > MOST {
            return Err(self.too_large(format!("has more than {MOST} entries")));
        }
        Ok(())
    }

    /// Adds a file whose name was checked.
    pub(super) fn add(&mut self, name: String, bytes: Vec<u8>) -> Result<(), SignatureError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > LARGEST {
            return Err(self.too_large(format!("has more than {} MiB", LARGEST / 1024 / 1024)));
        }
        if self.files.contains_key(&name) {
            return Err(self.refuse(&name, "exists twice"));
        }
        self.files.insert(name, bytes);
        Ok(())
    }

    /// The same files. It fails if a name is both a file and a folder.
    pub(super) fn complete(self) -> Result<Bundle, SignatureError> {
        let parents = |name: &str| {
            name.match_indices('/').map(|(end, _)| name[..end].to_owned()).collect::<Vec<_>>()
        };
        let both = self.files.keys().flat_map(|name| parents(name)).find(|folder| self.has(folder));
        match both {
            Some(name) => Err(self.refuse(&name, "is both a file and a folder")),
            None => Ok(self),
        }
    }

    /// An error about an entry.
    pub(super) fn refuse(&self, entry: &str, problem: impl Into<String>) -> SignatureError {
        let (place, entry) = (self.place.clone(), visible(entry));
        SignatureError::Entry { place, entry, problem: problem.into() }
    }

    fn too_large(&self, problem: String) -> SignatureError {
        SignatureError::Archive { place: self.place.clone(), problem }
    }
}

/// A name without `./` before it, if it is relative, stays in its folder and prints on one line.
pub(super) fn check_name(text: &str) -> Result<&str, &'static str> {
    let name = text.strip_prefix("./").unwrap_or(text);
    match () {
        () if name.starts_with('/') => Err("has an absolute name"),
        () if name.contains(|character: char| character.is_control() || character == '\\') => {
            Err("has a control character or a backslash in its name")
        }
        () if name.len() > 500 => Err("has a name of more than 500 bytes"),
        () if name.split('/').any(|part| part == "..") => Err("has a name that leaves the folder"),
        () if name.split('/').any(|part| part.is_empty() || part == ".") => {
            Err("has a name with an empty part")
        }
        () => Ok(name),
    }
}
