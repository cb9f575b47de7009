//! Why files are not imported, and the limits of an import.

use std::io;
use std::path::PathBuf;

use super::foreign_query::MOST_QUERIES;
use crate::percona::files::ImportFileError;

/// The most files of an import.
pub(super) const MOST_FILES: usize = 2_000;

/// The most entries of all folders.
pub(super) const MOST_ENTRIES: usize = 20_000;

/// The most bytes of all files.
pub(super) const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Why nothing is imported.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A file cannot be read or has no valid signature.
    #[error(transparent)]
    File(#[from] ImportFileError),
    /// A folder contains no file that could be imported.
    #[error("{folder} is a folder; name the files in it, as in {files}", folder = .0.display(), files = .0.join("*.yml").display())]
    Folder(PathBuf),
    /// A folder cannot be read.
    #[error("cannot read {}", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// Too many files.
    #[error("more than {MOST_FILES} files; name fewer files or a smaller folder")]
    TooManyFiles,
    /// Too many entries in folders.
    #[error("more than {MOST_ENTRIES} files and folders; name fewer files or a smaller folder")]
    TooManyEntries,
    /// Too many bytes.
    #[error("the files have more than {MOST_BYTES} bytes together; import them one by one")]
    TooManyBytes,
    /// Too many queries.
    #[error("more than {MOST_QUERIES} queries; import the files one by one")]
    TooManyQueries,
}
