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
    /// It cannot be read.
    #[error("cannot read {}", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// It has no valid signature.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// A file of an import.
#[derive(Debug, Clone)]
pub struct ImportFile {
    /// Its path.
    pub path: PathBuf,
    /// The file, as messages name it.
    pub name: String,
    /// The number of bytes that were read.
    pub size: usize,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Its text; `None` if it is not UTF-8.
    pub text: Option<String>,
}

/// Reads a file. With keys, it must have a valid signature.
pub fn load(
    path: &Path,
    signatures: &[PathBuf],
    keys: &[TrustedKey],
) -> Result<ImportFile, ImportFileError> {
    let bytes = bytes(path)?;
    if !keys.is_empty() {
        signature::verify_file(path, &bytes, signatures, keys)?;
    }
    let (path, name, sha256) = (path.to_owned(), path.display().to_string(), hash(&bytes));
    let size = bytes.len();
    Ok(ImportFile { path, name, size, sha256, text: String::from_utf8(bytes).ok() })
}

/// The checks and the mistakes of files of advisor checks.
pub fn parse(files: &[ImportFile]) -> AdvisorFile {
    let mut all = AdvisorFile::default();
    for file in files {
        let Some(text) = &file.text else {
            all.mistakes.push(not_text(file));
            continue;
        };
        let mut content = document::read(&file.name, text);
        for check in &mut content.checks {
            check.sha256.clone_from(&file.sha256);
        }
        all.checks.append(&mut content.checks);
        all.ignored.append(&mut content.ignored);
        all.mistakes.append(&mut content.mistakes);
    }
    all
}

/// Why the content of a file is not read: it is not UTF-8, or too long.
pub fn unreadable(file: &ImportFile) -> Option<Mistake> {
    match &file.text {
        None => Some(not_text(file)),
        Some(text) if text.len() > document::LONGEST_FILE => {
            let (file, message) = (file.name.clone(), document::too_long());
            Some(Mistake { file, line: 0, key: String::new(), message })
        }
        Some(_) => None,
    }
}

/// The mistake of a file that is not UTF-8.
fn not_text(file: &ImportFile) -> Mistake {
    let (file, message) = (file.name.clone(), "is not UTF-8".to_owned());
    Mistake { file, line: 0, key: String::new(), message }
}

/// The bytes of a file, at most one more than the limit: a device may not end.
fn bytes(path: &Path) -> Result<Vec<u8>, ImportFileError> {
    let mut bytes = Vec::new();
    let read = File::open(path)
        .and_then(|file| file.take(document::LONGEST_FILE as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|source| ImportFileError::Unreadable(path.to_owned(), source))?;
    Ok(bytes)
}
