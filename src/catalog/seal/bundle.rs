//! Files that were read together, by name, within limits; and the check folders that they are.
//!
//! It reads nothing: names and bytes are handed to it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use super::error::SealError;
use super::{SUFFIX, SUMS};
use crate::catalog::error::CatalogError;
use crate::catalog::folder::Folder;

/// More entries, folders included, are refused.
const MOST: usize = 10_000;

/// A larger file is refused.
pub(in crate::catalog) const LARGEST_FILE: u64 = 1024 * 1024;

/// More bytes in all are refused.
pub(super) const LARGEST: u64 = 64 * 1024 * 1024;

/// Files by their names, relative and with slashes.
#[derive(Debug)]
pub(super) struct Bundle {
    place: String,
    files: BTreeMap<String, Vec<u8>>,
    entries: usize,
    bytes: u64,
}

impl Bundle {
    /// No files yet. `place` is how the folder or archive is called in messages.
    pub(super) fn new(place: String) -> Bundle {
        Bundle { place, files: BTreeMap::new(), entries: 0, bytes: 0 }
    }

    /// Counts an entry, of whatever kind.
    pub(super) fn count(&mut self) -> Result<(), SealError> {
        self.entries += 1;
        if self.entries > MOST {
            return Err(self.too_large(format!("has more than {MOST} entries")));
        }
        Ok(())
    }

    /// Adds a file whose name has been looked at.
    pub(super) fn add(&mut self, name: String, bytes: Vec<u8>) -> Result<(), SealError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > LARGEST {
            return Err(self.too_large(format!("has more than {} MiB", LARGEST / 1024 / 1024)));
        }
        if self.files.contains_key(&name) {
            return Err(self.refuse(&name, "is there twice"));
        }
        self.files.insert(name, bytes);
        Ok(())
    }

    /// The same files, if no name is both a file and a folder.
    pub(super) fn whole(self) -> Result<Bundle, SealError> {
        let parents = |name: &str| {
            name.match_indices('/').map(|(end, _)| name[..end].to_owned()).collect::<Vec<_>>()
        };
        let both = self.files.keys().flat_map(|name| parents(name)).find(|folder| self.has(folder));
        match both {
            Some(name) => Err(self.refuse(&name, "is both a file and a folder")),
            None => Ok(self),
        }
    }

    /// Whether a file is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// The check folders: the files themselves where they are one, else each folder among them, as on a disk.
    /// `path` is the folder that the files are from; an archive has none, and no name of its own.
    pub(super) fn folders(self, path: Option<&Path>) -> Result<Vec<Folder>, SealError> {
        let name = path
            .and_then(|path| path.canonicalize().ok())
            .and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
        if let (true, Some(name)) = (self.has("check.toml"), name) {
            return Ok(vec![self.folder(&name, "")?]);
        }
        let root = self.root();
        let inside = |name: &str| {
            name.strip_prefix(&root)?.split_once('/').map(|(first, _)| first.to_owned())
        };
        let mut names: Vec<String> = self.files.keys().filter_map(|name| inside(name)).collect();
        names.dedup();
        names.retain(|name| !name.starts_with('.'));
        if names.is_empty() {
            let problem = "holds no check: a check is a folder with a check.toml".to_owned();
            return Err(CatalogError::File { file: self.place, problem }.into());
        }
        names.iter().map(|name| self.folder(name, &format!("{root}{name}/"))).collect()
    }

    /// The folder in which the check folders stand: the outermost, or the only one in it where that is no check.
    fn root(&self) -> String {
        let mut firsts: Vec<Option<&str>> =
            self.files.keys().map(|name| name.split_once('/').map(|(first, _)| first)).collect();
        firsts.dedup();
        match firsts[..] {
            [Some(only)] if !self.has(&format!("{only}/check.toml")) => format!("{only}/"),
            _ => String::new(),
        }
    }

    /// The files that stand in a folder themselves, and those of its cases; other sub-folders are left out.
    fn folder(&self, name: &str, prefix: &str) -> Result<Folder, SealError> {
        let place = format!("{}/{prefix}", self.place);
        let place = place.trim_end_matches('/').to_owned();
        let mut files = Vec::new();
        for (path, bytes) in &self.files {
            let Some(file) = path.strip_prefix(prefix).filter(|file| !file.contains('/')) else {
                continue;
            };
            if file.starts_with('.') || file.ends_with('~') || is_seal(file) {
                continue;
            }
            let text = String::from_utf8(bytes.clone()).map_err(|_| CatalogError::File {
                file: format!("{place}/{file}"),
                problem: "is no UTF-8 text".to_owned(),
            })?;
            files.push((Cow::Owned(file.to_owned()), Cow::Owned(text)));
        }
        let cases = self.files.iter().filter_map(|(path, bytes)| {
            let file = path.strip_prefix(prefix)?.strip_prefix("cases/")?;
            (!file.contains('/')).then(|| (file.to_owned(), bytes.clone()))
        });
        let (name, place, cases) = (name.to_owned().into(), place.into(), cases.collect());
        Ok(Folder { name, place, shipped: false, files, cases })
    }

    /// An error about an entry.
    pub(super) fn refuse(&self, entry: &str, problem: impl Into<String>) -> SealError {
        let entry = entry.escape_debug().to_string();
        SealError::Entry { place: self.place.clone(), entry, problem: problem.into() }
    }

    fn too_large(&self, problem: String) -> SealError {
        SealError::Archive { place: self.place.clone(), problem }
    }
}

/// Whether a file is about the signing of the folder it stands in.
pub(in crate::catalog) fn is_seal(file: &str) -> bool {
    file == SUMS || file.strip_suffix(SUFFIX) == Some(SUMS)
}

/// A relative name without its `./` in front, or what is wrong with it.
pub(super) fn name(text: &str) -> Result<&str, &'static str> {
    let name = text.strip_prefix("./").unwrap_or(text);
    match () {
        () if name.starts_with('/') => Err("has an absolute name"),
        () if name.contains(|character: char| character.is_control() || character == '\\') => {
            Err("has a control character or a backslash in its name")
        }
        () if name.len() > 500 => Err("has too long a name"),
        () if name.split('/').any(|part| part == "..") => {
            Err("leads out of the folder by its name")
        }
        () if name.split('/').any(|part| part.is_empty() || part == ".") => {
            Err("has a name with an empty part")
        }
        () => Ok(name),
    }
}
