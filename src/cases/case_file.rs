//! The files in the folder `cases` of a check: their names, and how their texts are read.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The largest file, in bytes.
pub const LARGEST: u64 = 4 * 1024 * 1024;

/// A file in the folder `cases` of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFile {
    /// The name of the case: the name of the file without its suffix.
    pub name: String,
    /// The file, as messages name it.
    pub place: String,
    /// Whether it is an offline case or a scenario.
    pub kind: CaseKind,
}

/// The kinds of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseKind {
    /// `*.toml`: rows and the expected findings. It needs no server.
    Offline,
    /// `*.sql`: statements, each followed by the expected findings. It runs on a temporary server.
    Scenario,
}

/// Why the text of a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableFile {
    /// The system reports an error.
    #[error("cannot be read: {0}")]
    System(#[from] io::Error),
    /// It is a folder, a pipe or a device.
    #[error("is not a regular file")]
    NotRegular,
    /// It is larger than [`LARGEST`].
    #[error("is larger than {} MiB", LARGEST / 1024 / 1024)]
    TooLarge,
    /// It is not a text.
    #[error("is not UTF-8")]
    NotUtf8,
}

impl CaseFile {
    /// The case in a file of the folder `cases`. Returns `None` for files with another suffix.
    pub fn parse(folder: &str, file: &str) -> Option<CaseFile> {
        let (name, suffix) = file.rsplit_once('.')?;
        let kind = match suffix {
            "toml" => CaseKind::Offline,
            "sql" => CaseKind::Scenario,
            _ => return None,
        };
        Some(CaseFile { name: name.to_owned(), place: format!("{folder}/cases/{file}"), kind })
    }
}

/// Reads the text of a file.
pub fn read_text(path: &Path) -> Result<String, UnreadableFile> {
    // Opening a pipe would wait for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(UnreadableFile::NotRegular);
    }
    let mut text = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(UnreadableFile::TooLarge);
    }
    String::from_utf8(text).map_err(|_| UnreadableFile::NotUtf8)
}
