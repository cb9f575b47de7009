//! Writes the check folders of an import: all of them, or none of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::catalog::error::CatalogError;
use crate::catalog::owner_set::FOLDER as OWNERS;

/// A check folder that is not yet written.
pub trait CheckFolder {
    /// The name of the folder.
    fn folder(&self) -> &str;

    /// Names and texts of the files.
    fn files(&self) -> Vec<(String, String)>;

    /// The owner set of the check, if it is not one of posemo.
    fn owner_set(&self) -> Option<OwnerSetFile> {
        None
    }
}

/// A file of an owner set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerSetFile {
    /// The name of the set.
    pub name: String,
    /// The text of the file.
    pub text: String,
    /// Whether the file is to be written; it exists otherwise.
    pub is_new: bool,
}

/// Why check folders cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file or folder cannot be created. Nothing was written.
    #[error("cannot create {}; nothing was written", path.display())]
    Create {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A draft is not a valid check.
    #[error("{0}")]
    NotACheck(String),
}

/// Whether a folder exists and contains anything that could be a check.
pub fn has_checks(into: &Path) -> Result<bool, FolderError> {
    if !into.exists() {
        return Ok(false);
    }
    let entries =
        fs::read_dir(into).map_err(|source| FolderError::Read { path: into.to_owned(), source })?;
    let is_check = |entry: &fs::DirEntry| {
        entry.path().is_dir() && !entry.file_name().to_string_lossy().starts_with('.')
    };
    Ok(into.join("check.toml").is_file() || entries.flatten().any(|entry| is_check(&entry)))
}

/// The check of a draft, read from temporary files. Messages name its folder in `into`.
pub fn check_of(draft: &dyn CheckFolder, into: &Path) -> Result<Check, FolderError> {
    let folder = TemporaryFolder::within(&std::env::temp_dir())?;
    let path = folder.0.join(draft.folder());
    write(draft, &path)?;
    if let Some(set) = draft.owner_set() {
        write_set(&set, &folder.0)?;
    }
    let (here, there) = (folder.0.display().to_string(), into.display().to_string());
    let invalid =
        |error: CatalogError| FolderError::NotACheck(error.to_string().replace(&here, &there));
    let mut catalog = Catalog::empty();
    catalog.add(&path).map_err(invalid)?;
    let mut check = catalog.get(draft.folder()).map_err(invalid)?;
    check.place = into.join(draft.folder()).display().to_string();
    if let Some(own) = &mut check.own_owner {
        let own = Arc::make_mut(own);
        own.place = own.place.replace(&here, &there);
    }
    Ok(check)
}

/// Writes all folders. If one of them cannot be written, the others are removed.
pub fn write_all<'d>(
    into: &Path,
    drafts: impl Iterator<Item = &'d dyn CheckFolder> + Clone,
) -> Result<(), FolderError> {
    if drafts.clone().next().is_none() {
        return Ok(());
    }
    let is_new = !into.exists();
    fs::create_dir_all(into)
        .map_err(|source| FolderError::Create { path: into.to_owned(), source })?;
    let written = write_each(into, drafts);
    if written.is_err() && is_new {
        // This fails if another program has written into the folder, which then remains.
        let _ = fs::remove_dir(into);
    }
    written
}

fn write_each<'d>(
    into: &Path,
    drafts: impl Iterator<Item = &'d dyn CheckFolder>,
) -> Result<(), FolderError> {
    // Within the folder, as a rename is one step only within one file system.
    let temporary = TemporaryFolder::within(into)?;
    let mut targets = Vec::new();
    for draft in drafts {
        write(draft, &temporary.0.join(draft.folder()))?;
        targets.push(PathBuf::from(draft.folder()));
        if let Some(set) = draft.owner_set().filter(|set| set.is_new) {
            let file = write_set(&set, &temporary.0)?;
            if !targets.contains(&file) {
                targets.push(file);
            }
        }
    }
    let sets = into.join(OWNERS);
    let makes_sets = targets.iter().any(|target| target.starts_with(OWNERS)) && !sets.exists();
    if makes_sets {
        fs::create_dir(&sets)
            .map_err(|source| FolderError::Create { path: sets.clone(), source })?;
    }
    let mut renamed: Vec<PathBuf> = Vec::new();
    for part in targets {
        let target = into.join(&part);
        // A rename would silently replace an empty folder.
        let done = if target.symlink_metadata().is_ok() {
            Err(io::ErrorKind::AlreadyExists.into())
        } else {
            fs::rename(temporary.0.join(&part), &target)
        };
        if let Err(source) = done {
            for path in &renamed {
                let _ =
                    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            }
            if makes_sets {
                let _ = fs::remove_dir(&sets);
            }
            return Err(FolderError::Create { path: target, source });
        }
        renamed.push(target);
    }
    Ok(())
}

fn write(draft: &dyn CheckFolder, folder: &Path) -> Result<(), FolderError> {
    let error = |path: &Path, source| FolderError::Create { path: path.to_owned(), source };
    fs::create_dir(folder).map_err(|source| error(folder, source))?;
    for (name, text) in draft.files() {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|source| error(&file, source))?;
    }
    Ok(())
}

/// Writes the file of an owner set into the folder of owner sets in a folder, and returns its place in the folder.
fn write_set(set: &OwnerSetFile, folder: &Path) -> Result<PathBuf, FolderError> {
    let file = Path::new(OWNERS).join(format!("{}.toml", set.name));
    let error = |path: &Path, source| FolderError::Create { path: path.to_owned(), source };
    let sets = folder.join(OWNERS);
    fs::create_dir_all(&sets).map_err(|source| error(&sets, source))?;
    let path = folder.join(&file);
    fs::write(&path, &set.text).map_err(|source| error(&path, source))?;
    Ok(file)
}

/// A folder that is removed when it is dropped. A catalog ignores its name.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn within(parent: &Path) -> Result<TemporaryFolder, FolderError> {
        let path = parent.join(format!(".posemo-import-{}", std::process::id()));
        fs::create_dir(&path)
            .map_err(|source| FolderError::Create { path: path.clone(), source })?;
        Ok(TemporaryFolder(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
