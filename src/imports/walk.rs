//! Finds the files of an import: those that the user names, and those in folders.

use std::fs;
use std::path::{Path, PathBuf};

use super::input_error::{InputError, MOST_ENTRIES, MOST_FILES};
use crate::percona::advisor_check::IgnoredPart;

/// The deepest folder below one that the user names.
const DEEPEST: usize = 4;

/// A file of an import.
#[derive(Debug)]
pub(super) struct FoundFile {
    /// Its path.
    pub(super) path: PathBuf,
    /// Whether the user named the file, and not a folder that contains it.
    pub(super) is_named: bool,
}

/// The files of an import.
#[derive(Debug, Default)]
pub(super) struct FoundFiles {
    /// Files that could contain queries.
    pub(super) files: Vec<FoundFile>,
    /// Folders and files that are not read, with the reason.
    pub(super) ignored: Vec<IgnoredPart>,
    /// The number of entries of all folders.
    visited: usize,
}

impl FoundFiles {
    /// The files, and those in folders, which are sorted.
    pub(super) fn of(paths: &[PathBuf]) -> Result<FoundFiles, InputError> {
        let mut found = FoundFiles::default();
        for path in paths {
            if path.is_dir() {
                let before = found.files.len() + found.ignored.len();
                found.walk(path, 0)?;
                if found.files.len() + found.ignored.len() == before {
                    return Err(InputError::Folder(path.clone()));
                }
            } else {
                found.add(path.clone(), true)?;
            }
        }
        Ok(found)
    }

    fn add(&mut self, path: PathBuf, is_named: bool) -> Result<(), InputError> {
        if is_for_superusers(&path) {
            self.ignore(
                &path,
                "is for a superuser, and posemo runs no query as one; metric.sql is for other roles",
            );
        } else {
            self.files.push(FoundFile { path, is_named });
        }
        if self.files.len() > MOST_FILES {
            return Err(InputError::TooManyFiles);
        }
        Ok(())
    }

    /// The files of a folder that could be imported. A link to a folder is not followed.
    fn walk(&mut self, folder: &Path, depth: usize) -> Result<(), InputError> {
        let error = |source| InputError::Unreadable(folder.to_owned(), source);
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder).map_err(error)? {
            entries.push(entry.map_err(error)?);
            self.visited += 1;
            if self.visited > MOST_ENTRIES {
                return Err(InputError::TooManyEntries);
            }
        }
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let kind = entry.file_type().map_err(error)?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if kind.is_dir() && depth < DEEPEST {
                self.walk(&path, depth + 1)?;
            } else if kind.is_dir() {
                let reason = format!("is more than {DEEPEST} folders deep; name it to import it");
                self.ignore(&path, &reason);
            } else if path.is_file() && is_readable(&path) {
                self.add(path, false)?;
            }
        }
        Ok(())
    }

    fn ignore(&mut self, path: &Path, reason: &str) {
        self.ignored.push(ignored(path, reason));
    }
}

/// A file or folder that is not read.
pub(super) fn ignored(path: &Path, reason: &str) -> IgnoredPart {
    let what = path.file_name().map(|name| name.to_string_lossy().into_owned());
    IgnoredPart {
        file: path.display().to_string(),
        line: 0,
        what: what.unwrap_or_default(),
        reason: reason.to_owned(),
    }
}

/// Whether a file in a folder could contain queries, by its name.
fn is_readable(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    matches!(extension.as_deref(), Some("yml" | "yaml" | "toml" | "conf" | "cfg"))
        || path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("metric"))
            && extension.as_deref() == Some("sql")
}

/// Whether a file is not YAML, by its name.
pub(super) fn is_not_yaml(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    matches!(extension.as_deref(), Some("toml" | "conf" | "cfg" | "sql"))
}

/// Whether a file is a text of a metric of pgwatch 2 that only a superuser can run.
fn is_for_superusers(path: &Path) -> bool {
    path.file_name().is_some_and(|name| {
        let name = name.to_string_lossy();
        name.starts_with("metric") && name.ends_with("_su.sql")
    })
}
