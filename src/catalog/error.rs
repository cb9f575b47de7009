//! What can be wrong with a catalogue.
//!
//! Every variant says where: a file and line, or both of two places.

use std::io;
use std::path::PathBuf;

use super::seal::error::SealError;
use crate::text::mistake::Mistake;

/// A catalogue that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A manifest says something wrong; the sentence has file, line and key.
    #[error(transparent)]
    Manifest(#[from] Mistake),
    /// A file of a check is missing, superfluous or not as it must be.
    #[error("{file}: {problem}")]
    File {
        /// The file, as the user would find it.
        file: String,
        /// What is wrong with it and what would be right.
        problem: String,
    },
    /// Two folders claim one name.
    #[error("the check \"{name}\" exists twice: {first} and {second}; rename one of the folders")]
    Twice {
        /// The name, or former name.
        name: String,
        /// The place of the one.
        first: String,
        /// The place of the other.
        second: String,
    },
    /// A folder of checks could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder or archive is not as it was signed, or is no catalogue.
    #[error(transparent)]
    Seal(SealError),
    /// Nobody knows such a check.
    #[error("there is no check \"{name}\"{suggestion}")]
    NoSuchCheck {
        /// The name that was asked for.
        name: String,
        /// What to write instead.
        suggestion: String,
    },
}

impl From<SealError> for CatalogError {
    fn from(error: SealError) -> CatalogError {
        match error {
            SealError::Catalog(error) => *error,
            other => CatalogError::Seal(other),
        }
    }
}
