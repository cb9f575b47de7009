//! Why connection parameters are refused before a connection is opened.
//!
//! No message contains a value that may be a password.

use std::io;
use std::path::PathBuf;

/// Why connection parameters cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ParametersError {
    /// A keyword that neither libpq nor posemo has.
    #[error("the connection option \"{keyword}\" does not exist; the nearest is \"{nearest}\"")]
    Unknown {
        /// As written.
        keyword: String,
        /// The most similar keyword.
        nearest: &'static str,
    },
    /// A keyword of libpq that posemo does not support and must not ignore.
    #[error("the connection option \"{keyword}\" is not supported: {reason}")]
    Unsupported {
        /// The keyword.
        keyword: &'static str,
        /// Why, and the remedy.
        reason: String,
    },
    /// A value that the keyword does not allow.
    #[error("the connection option {keyword} cannot be \"{value}\": it must be {expected}")]
    Value {
        /// The keyword.
        keyword: &'static str,
        /// As given.
        value: String,
        /// The values that it allows.
        expected: String,
    },
    /// Two values that contradict each other.
    #[error("{0}")]
    Conflict(String),
    /// A `key=value` string that cannot be read.
    #[error("cannot read the connection string: {0}")]
    Conninfo(String),
    /// A URI that cannot be read.
    #[error("cannot read the connection URI: {0}")]
    Uri(String),
    /// A service that no file defines.
    #[error(
        "the service \"{service}\" is not defined in {places}; add a section [{service}] to one of them"
    )]
    NoService {
        /// Its name.
        service: String,
        /// The files that were read, or that do not exist.
        places: String,
    },
    /// A service file that cannot be opened.
    #[error("cannot read the service file {}", file.display())]
    ServiceFile {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A line of a service file.
    #[error("{} line {line}: {problem}", file.display())]
    ServiceLine {
        /// The file.
        file: PathBuf,
        /// Counted from one.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A password in a connection string: process lists and settings files show it.
    #[error(
        "the connection string contains a password, which others on this machine can read; remove it, and write the password to ~/.pgpass"
    )]
    ExposedPassword,
    /// No user is named, and the operating system has no name for the account.
    #[error("no user to connect as: this account has no name; set one with user= or PGUSER")]
    NoUser,
}
