//! Why a folder or archive of checks is refused.

use std::io;
use std::path::PathBuf;

/// A folder or archive that cannot be read, or differs from what was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The settings require a signature that does not exist.
    #[error(
        "{} is not signed: {} does not exist, and {settings} requires it; docs/signing.md describes how to sign",
        path.display(),
        signature.display()
    )]
    Unsigned {
        /// The folder or archive.
        path: PathBuf,
        /// The expected file of the signature.
        signature: PathBuf,
        /// The key of the settings that requires it.
        settings: String,
    },
    /// The signature is not valid.
    #[error("{} is refused: {} {fault}", path.display(), signature.display())]
    Signature {
        /// The signed file.
        path: PathBuf,
        /// The signature.
        signature: PathBuf,
        /// The problem.
        fault: SignatureFault,
    },
    /// A file differs from the signed one.
    #[error(
        "{place} is refused: {file} {fault}; if the change is intended, sign the folder again, otherwise determine who made the change"
    )]
    File {
        /// The folder.
        place: String,
        /// The file in it.
        file: String,
        /// The problem.
        fault: &'static str,
    },
    /// The list of hashes cannot be read.
    #[error("{file}:{line}: {problem}; write it with sha256sum")]
    Sums {
        /// The list.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The problem.
        problem: String,
    },
    /// A catalog must not contain this entry.
    #[error("{place} is refused: {entry} {problem}")]
    Entry {
        /// The folder or archive.
        place: String,
        /// The name of the entry, in visible characters.
        entry: String,
        /// The problem.
        problem: String,
    },
    /// The archive is damaged, too large or not an archive.
    #[error("{place} {problem}")]
    Archive {
        /// The archive.
        place: String,
        /// The problem.
        problem: String,
    },
    /// A folder or file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// Why a signature is refused. In a sentence it follows the name of the signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The text does not have minisign's four lines.
    #[error(
        "is not a minisign signature, which has four lines and begins with \"untrusted comment: \""
    )]
    Form,
    /// It was made with a key that is not trusted.
    #[error("was made with the key {maker}, and the trusted keys are {known}")]
    UntrustedKey {
        /// The id of the key.
        maker: String,
        /// The ids of the trusted keys.
        known: String,
    },
    /// It names a trusted key, which did not sign these bytes or this trusted comment.
    #[error(
        "does not match: the file or the signature was altered after the key {maker} signed it"
    )]
    Altered {
        /// The id of the key.
        maker: String,
    },
}
