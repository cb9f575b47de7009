//! What can be wrong with connection parameters before anything is connected.
//!
//! No message repeats a value that may hold a password.

use std::io;
use std::path::PathBuf;

/// Why connection parameters cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ParametersError {
    /// A keyword that neither libpq nor posemo knows.
    #[error("the connection option \"{keyword}\" does not exist; the nearest is \"{nearest}\"")]
    Unknown {
        /// As written.
        keyword: String,
        /// The keyword it is most like.
        nearest: &'static str,
    },
    /// A keyword that libpq knows and posemo cannot obey, where ignoring it could do harm.
    #[error("the connection option \"{keyword}\" is not supported: {reason}")]
    Unsupported {
        /// The keyword.
        keyword: &'static str,
        /// Why, and what to do instead.
        reason: String,
    },
    /// A value that the keyword does not allow.
    #[error("the connection option {keyword} cannot be \"{value}\": it must be {expected}")]
    Value {
        /// The keyword.
        keyword: &'static str,
        /// As given.
        value: String,
        /// What it may be.
        expected: String,
    },
    /// Two values that do not go together.
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
        /// The files that were looked into, or would have been.
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
        /// What is wrong with it.
        problem: String,
    },
    /// No user was named, and the operating system does not name one either.
    #[error("no user to connect as: this account has no name; give one with user= or PGUSER")]
    NoUser,
}
