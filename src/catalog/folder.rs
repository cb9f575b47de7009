//! The files of one check, embedded or read from a disk.
//!
//! What the files say is not looked at here.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::error::CatalogError;
use super::seal::{LARGEST_FILE, NamedBytes, is_seal};

/// A folder with a check in it: name, place and files.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub(super) name: Cow<'static, str>,
    /// How the folder is named in messages.
    pub(super) place: Cow<'static, str>,
    /// Whether it came with the program.
    pub(super) shipped: bool,
    pub(super) files: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    /// The files of its folder `cases`, where they were read with the others; on a disk they are left.
    pub(super) cases: Vec<NamedBytes>,
}

impl Folder {
    /// A folder that the build script embedded.
    pub(super) fn embedded(
        name: &'static str,
        files: &'static [(&'static str, &'static str)],
    ) -> Folder {
        let files =
            files.iter().map(|(name, text)| (Cow::Borrowed(*name), Cow::Borrowed(*text))).collect();
        let place = format!("checks/{name}").into();
        Folder { name: name.into(), place, shipped: true, files, cases: Vec::new() }
    }

    /// A folder on a disk; its sub-folders (the cases) are left out.
    pub(super) fn read(path: &Path) -> Result<Folder, CatalogError> {
        let name = path
            .canonicalize()
            .ok()
            .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        let name = name.unwrap_or_else(|| path.display().to_string());
        let mut files = Vec::new();
        for file in entries(path)?.into_iter().filter(|entry| entry.is_file()) {
            let file_name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if file_name.starts_with('.') || file_name.ends_with('~') || is_seal(&file_name) {
                continue;
            }
            files.push((file_name.into(), text(file)?.into()));
        }
        Ok(Folder {
            name: name.into(),
            place: path.display().to_string().into(),
            shipped: false,
            files,
            cases: Vec::new(),
        })
    }

    /// The check folders that a path stands for: itself, or each of its sub-folders.
    pub(super) fn read_all(path: &Path) -> Result<Vec<Folder>, CatalogError> {
        if path.join("check.toml").is_file() {
            return Ok(vec![Folder::read(path)?]);
        }
        if path.is_file() {
            let problem =
                "is a file; name the folder of the check, or the one around it".to_owned();
            return Err(CatalogError::File { file: path.display().to_string(), problem });
        }
        let hidden = |path: &Path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
        };
        let folders: Vec<_> =
            entries(path)?.into_iter().filter(|entry| entry.is_dir() && !hidden(entry)).collect();
        if folders.is_empty() {
            let problem = "holds no check: a check is a folder with a check.toml".to_owned();
            return Err(CatalogError::File { file: path.display().to_string(), problem });
        }
        folders.iter().map(|folder| Folder::read(folder)).collect()
    }

    /// The text of a file.
    pub(super) fn file(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|(file, _)| file == name).map(|(_, text)| text.as_ref())
    }

    /// How a file is named in messages.
    pub(super) fn path_of(&self, file: &str) -> String {
        format!("{}/{file}", self.place)
    }
}

/// The text of a file, unless it is larger than in a signed folder it could be.
fn text(path: PathBuf) -> Result<String, CatalogError> {
    let mut text = String::new();
    let read =
        File::open(&path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_string(&mut text));
    match read {
        // A character may be cut in two where the limit is.
        _ if fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LARGEST_FILE) => {
            let file = path.display().to_string();
            let problem = format!("is larger than {} KiB", LARGEST_FILE / 1024);
            Err(CatalogError::File { file, problem })
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
