//! Why a folder or archive of checks is not believed.
//!
//! Every sentence names the file, and says what to do where that is known.

use std::io;
use std::path::PathBuf;

use crate::catalog::error::CatalogError;

/// Something that is not as it was signed, or that is no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The settings require a signature and there is none.
    #[error(
        "{} is not signed: there is no {}, and {settings} requires one; docs/signing.md says how to sign",
        path.display(),
        signature.display()
    )]
    Unsigned {
        /// The folder or archive.
        path: PathBuf,
        /// Where the signature would be.
        signature: PathBuf,
        /// The key of the settings that requires it.
        settings: String,
    },
    /// The signature is not good.
    #[error("{} is refused: {} {fault}", path.display(), signature.display())]
    Signature {
        /// What is signed.
        path: PathBuf,
        /// The signature.
        signature: PathBuf,
        /// What is wrong with it.
        fault: SignatureFault,
    },
    /// A file is not what was signed.
    #[error(
        "{place} is refused: {file} {fault}; sign it again if that is right, else find out who did it"
    )]
    File {
        /// The folder.
        place: String,
        /// The file in it.
        file: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The list of hashes cannot be read.
    #[error("{file}:{line}: {problem}; write it with sha256sum")]
    Sums {
        /// The list.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// An entry that no catalogue has.
    #[error("{place} is refused: {entry} {problem}")]
    Entry {
        /// The folder or archive.
        place: String,
        /// The name of the entry, with what cannot be shown escaped.
        entry: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An archive that is broken, too large or none.
    #[error("{place} {problem}")]
    Archive {
        /// The archive.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A folder or file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The check folders cannot be used.
    #[error(transparent)]
    Catalog(#[from] Box<CatalogError>),
}

impl From<CatalogError> for SealError {
    fn from(error: CatalogError) -> SealError {
        SealError::Catalog(Box::new(error))
    }
}

/// Why a signature is not good. It follows the name of the signature in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The text is not four lines of minisign's.
    #[error("is no signature of minisign's: four lines, the first an \"untrusted comment: \"")]
    Form,
    /// None of the known keys made it.
    #[error("was made with the key {maker}, and only {known} would be believed")]
    Stranger {
        /// The key, by its name.
        maker: String,
        /// The known keys, by their names.
        known: String,
    },
    /// A known key is named, but the bytes or the trusted comment are not what it signed.
    #[error("does not fit: what was signed with the key {maker} was altered, or the signature was")]
    Altered {
        /// The key, by its name.
        maker: String,
    },
}
