//! Reads the files of an import.
//!
//! It reads each file once, so that it parses the bytes whose signature it verified.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::advisor_check::AdvisorFile;
use super::document;
use super::draft::hash;
use crate::signature;
use crate::signature::error::SignatureError;
use crate::signature::key::TrustedKey;
use crate::text::mistake::Mistake;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum ImportFileError {
    /// It is a folder.
    #[error("{folder} is a folder; name the files in it, as in {files}", folder = .0.display(), files = .0.join("*.yml").display())]
    Folder(PathBuf),
    /// It cannot be read.
    #[error("cannot read {}", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// It has no valid signature.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Reads all files. With keys, a file without a valid signature is not parsed.
pub fn read(
    files: &[PathBuf],
    signatures: &[PathBuf],
    keys: &[TrustedKey],
) -> Result<AdvisorFile, ImportFileError> {
    let mut all = AdvisorFile::default();
    for path in files {
        let bytes = bytes(path)?;
        if !keys.is_empty() {
            signature::verify_file(path, &bytes, signatures, keys)?;
        }
        let file = path.display().to_string();
        let Ok(text) = std::str::from_utf8(&bytes) else {
            let message = "is not UTF-8".to_owned();
            all.mistakes.push(Mistake { file, line: 0, key: String::new(), message });
            continue;
        };
        let mut content = document::read(&file, text);
        let sha256 = hash(&bytes);
        for check in &mut content.checks {
            check.sha256.clone_from(&sha256);
        }
        all.checks.append(&mut content.checks);
        all.ignored.append(&mut content.ignored);
        all.mistakes.append(&mut content.mistakes);
    }
    Ok(all)
}

/// The bytes of a file, at most one more than the limit: a device may not end.
fn bytes(path: &Path) -> Result<Vec<u8>, ImportFileError> {
    if path.is_dir() {
        return Err(ImportFileError::Folder(path.to_owned()));
    }
    let mut bytes = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(document::LONGEST_FILE as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|source| ImportFileError::Unreadable(path.to_owned(), source))?;
    Ok(bytes)
}
