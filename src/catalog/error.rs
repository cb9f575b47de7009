//! The errors of reading and validating checks, each with its file.

use std::path::PathBuf;
use std::{fmt, io};

use crate::signature::error::SignatureError;
use crate::text::mistake::Mistake;

/// Why a catalog cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A mistake in a manifest, with file, line and key.
    #[error(transparent)]
    Manifest(#[from] Mistake),
    /// A file of a check is missing, unknown or not valid.
    #[error("{file}: {problem}")]
    File {
        /// The file, as messages name it.
        file: String,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// Two folders have the same name or former name.
    #[error("the check \"{name}\" exists twice: {first} and {second}; rename one of the folders")]
    Twice {
        /// The name, or former name.
        name: String,
        /// One folder.
        first: String,
        /// The other folder.
        second: String,
    },
    /// Two files define the same owner set.
    #[error("the owner set \"{name}\" exists twice: {first} and {second}; rename one of the files")]
    OwnerTwice {
        /// The name.
        name: String,
        /// One file.
        first: String,
        /// The other file.
        second: String,
    },
    /// A folder of checks could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The list of versions could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The signature of a folder or archive is missing or not valid.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// No check has this name.
    #[error("check \"{name}\" does not exist{suggestion}")]
    NoSuchCheck {
        /// The name that was given.
        name: String,
        /// The most similar name, as the end of the sentence.
        suggestion: String,
    },
    /// No check matches a pattern.
    #[error("no check matches \"{pattern}\"{suggestion}")]
    NoMatch {
        /// The pattern that was given.
        pattern: String,
        /// The most similar name, as the end of the sentence.
        suggestion: String,
    },
}

impl CatalogError {
    /// An error about a file or folder.
    pub(super) fn file(file: impl fmt::Display, problem: impl Into<String>) -> CatalogError {
        CatalogError::File { file: file.to_string(), problem: problem.into() }
    }
}
