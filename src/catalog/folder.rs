//! The files of one check: embedded, read from a folder, or part of a bundle.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::advisories::FILE as LIST;
use super::error::CatalogError;
use super::owner_set::{FOLDER, OwnerFile, OwnerFiles};
use crate::signature::bundle::{LARGEST_FILE, NamedBytes};
use crate::signature::is_signature_file;

/// The folder of a check: name, place and files.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub(super) name: Cow<'static, str>,
    /// The folder, as messages name it.
    pub(super) place: Cow<'static, str>,
    /// Whether it is part of the program.
    pub(super) shipped: bool,
    pub(super) files: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    /// The files of its folder `cases`, where they were read with the others.
    pub(super) cases: Vec<NamedBytes>,
    /// The owner sets beside it.
    pub(super) owners: Arc<[OwnerFile]>,
}

/// A folder, or why it could not be read.
pub(super) type FolderResult = Result<Folder, CatalogError>;

impl Folder {
    /// A folder that the build script embedded.
    pub(super) fn embedded(
        name: &'static str,
        files: &'static [(&'static str, &'static str)],
    ) -> Folder {
        let files =
            files.iter().map(|(name, text)| (Cow::Borrowed(*name), Cow::Borrowed(*text))).collect();
        let place = format!("checks/{name}").into();
        Folder {
            name: name.into(),
            place,
            shipped: true,
            files,
            cases: Vec::new(),
            owners: Arc::default(),
        }
    }

    /// Reads a folder without its sub-folders.
    fn read(path: &Path, owners: &Arc<[OwnerFile]>) -> Result<Folder, CatalogError> {
        let name = path
            .canonicalize()
            .ok()
            .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        let name = name.unwrap_or_else(|| path.display().to_string());
        let mut files = Vec::new();
        for file in entries(path)?.into_iter().filter(|entry| entry.is_file()) {
            let file_name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if is_file_of_check(&file_name) {
                files.push((file_name.into(), text(file)?.into()));
            }
        }
        Ok(Folder {
            name: name.into(),
            place: path.display().to_string().into(),
            shipped: false,
            files,
            cases: Vec::new(),
            owners: Arc::clone(owners),
        })
    }

    /// Reads the check folders of a path: the folder itself, or each of its sub-folders; and the owner sets beside them.
    pub(super) fn read_all(path: &Path) -> Result<(Vec<FolderResult>, OwnerFiles), CatalogError> {
        if path.join("check.toml").is_file() {
            // A path such as `.` has its parent only in its absolute form.
            let named = path.file_name().and(path.parent()).map(Path::to_owned);
            let absolute = || Some(path.canonicalize().ok()?.parent()?.to_owned());
            let beside = named.or_else(absolute);
            let owners =
                beside.map_or_else(|| Ok(OwnerFiles::default()), |beside| owner_files(&beside))?;
            return Ok((vec![Folder::read(path, &owners.files)], owners));
        }
        if path.is_file() {
            let problem = "is a file; give the folder of the check, or its parent folder";
            return Err(CatalogError::file(path.display(), problem));
        }
        let hidden = |path: &Path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
        };
        let folders: Vec<_> = entries(path)?
            .into_iter()
            .filter(|entry| entry.is_dir() && !hidden(entry) && !is_owners(entry))
            .collect();
        if folders.is_empty() && !path.join(LIST).is_file() {
            return Err(CatalogError::file(path.display(), NO_CHECK));
        }
        let owners = owner_files(path)?;
        let folders = folders.iter().map(|folder| Folder::read(folder, &owners.files));
        Ok((folders.collect(), owners))
    }

    /// The text of a file.
    pub(super) fn file(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|(file, _)| file == name).map(|(_, text)| text.as_ref())
    }

    /// The name of a file in messages.
    pub(super) fn path_of(&self, file: &str) -> String {
        format!("{}/{file}", self.place)
    }
}

/// Whether a folder contains owner sets and is not a check.
pub fn is_owners(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == FOLDER) && !path.join("check.toml").is_file()
}

/// The owner sets in the folder `owners` of a folder of checks.
fn owner_files(parent: &Path) -> Result<OwnerFiles, CatalogError> {
    let folder = parent.join(FOLDER);
    if !folder.is_dir() || !is_owners(&folder) {
        return Ok(OwnerFiles::default());
    }
    let read = entries(&folder)?.into_iter().filter_map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let place = path.display().to_string();
        is_file_of_check(&name).then(|| OwnerFile::new(&name, place, text(path)))
    });
    Ok(read.collect())
}

/// The problem of a folder or archive without checks.
pub(super) const NO_CHECK: &str = "contains no check: a check is a folder with a check.toml";

/// Whether a file of a check folder can belong to the check: hidden files, backup files and signatures do not.
pub(super) fn is_file_of_check(name: &str) -> bool {
    !(name.starts_with('.') || name.ends_with('~') || is_signature_file(name))
}

/// The text of a file. Its limit is that of a file in a signed folder.
fn text(path: PathBuf) -> Result<String, CatalogError> {
    let mut text = String::new();
    let read =
        File::open(&path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_string(&mut text));
    match read {
        // The limit may cut a character in two, so the size decides before the result.
        _ if fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LARGEST_FILE) => {
            let problem = format!("is larger than {} KiB", LARGEST_FILE / 1024);
            Err(CatalogError::file(path.display(), problem))
        }
        Ok(_) => Ok(text),
        Err(source) => Err(CatalogError::Read { path, source }),
    }
}

fn entries(path: &Path) -> Result<Vec<PathBuf>, CatalogError> {
    let error = |source| CatalogError::Read { path: path.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(error)? {
        found.push(entry.map_err(error)?.path());
    }
    found.sort();
    Ok(found)
}
