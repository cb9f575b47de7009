//! Why a folder or archive of checks is refused.

use std::io;
use std::path::PathBuf;

/// A folder or archive that cannot be read, or differs from what was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The settings require a signature and there is none.
    #[error(
        "{} is not signed: {} does not exist, and {settings} requires it; docs/signing.md describes how to sign",
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
    /// The signature is not valid.
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
        "{place} is refused: {file} {fault}; if the change is intended, sign the folder again, otherwise find out who made it"
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
    /// An entry that a catalog must not have.
    #[error("{place} is refused: {entry} {problem}")]
    Entry {
        /// The folder or archive.
        place: String,
        /// The name of the entry, in visible characters.
        entry: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An archive that is damaged, too large or not an archive.
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
}

/// Why a signature is not good. It follows the name of the signature in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The text does not have minisign's four lines.
    #[error(
        "is not a minisign signature, which has four lines and begins with \"untrusted comment: \""
    )]
    Form,
    /// None of the trusted keys made it.
    #[error("was made with the key {maker}, and the trusted keys are {known}")]
    Stranger {
        /// The id of the key.
        maker: String,
        /// The ids of the trusted keys.
        known: String,
    },
    /// A trusted key is named, but it did not sign these bytes or this trusted comment.
    #[error(
        "does not match: the file or the signature was altered after the key {maker} signed it"
    )]
    Altered {
        /// The id of the key.
        maker: String,
    },
}
