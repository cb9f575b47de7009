//! Why a temporary server cannot be started or stopped.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why a temporary server cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TempServerError {
    /// No directory with server programs was found.
    #[error(
        "no PostgreSQL server programs (initdb and postgres, 12 or newer) found. Searched:\n{}\n\
         Install them (Debian, Ubuntu: apt-get install postgresql; Fedora, RHEL: dnf install postgresql-server; \
         macOS: brew install postgresql), or set POSEMO_PG_BINDIR to the directory that contains them",
        .searched.iter().map(|place| format!("  {place}")).collect::<Vec<_>>().join("\n")
    )]
    NotFound {
        /// The directories in the order of the search, each with the reason.
        searched: Vec<String>,
    },
    /// The programs in the directory of the environment variable cannot be used.
    #[error("POSEMO_PG_BINDIR is set to {}, but {problem}; correct or unset it", .bindir.display())]
    Variable {
        /// The value of the variable.
        bindir: PathBuf,
        /// The reason.
        problem: String,
    },
    /// The programs in the directory of the options cannot be used.
    #[error("cannot use the server programs in {}: {problem}", .bindir.display())]
    Bindir {
        /// The directory.
        bindir: PathBuf,
        /// The reason.
        problem: String,
    },
    /// No private directory can be created.
    #[error(
        "cannot create a directory for the server as user id {user} under any of: {}; set TMPDIR to a directory \
         that this user can write to and that has a short path (a socket's path has at most 103 bytes)",
        .tried.iter().map(|base| base.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    Directory {
        /// The user that runs the server.
        user: u32,
        /// The base directories that were tried.
        tried: Vec<PathBuf>,
    },
    /// The guard process cannot be started, written to or read from.
    #[error("cannot {doing} the guard of the server (a process of /bin/sh as user id {user})")]
    Guard {
        /// The operation, as a verb.
        doing: &'static str,
        /// The user that runs it.
        user: u32,
        /// The error of the system.
        source: io::Error,
    },
    /// A name is not that of a setting.
    #[error("{name:?} is not the name of a PostgreSQL setting")]
    Setting {
        /// The name.
        name: String,
    },
    /// The loopback interface has no free port.
    #[error("cannot find a free port on 127.0.0.1")]
    Port(#[source] io::Error),
    /// A program ended with an error.
    #[error(
        "PostgreSQL {version}: {doing} ended with exit status {status}; the end of its log:\n{log}"
    )]
    Ended {
        /// The version of the server.
        version: String,
        /// The operation.
        doing: &'static str,
        /// The exit status, as a shell reports it.
        status: String,
        /// The end of the log.
        log: String,
    },
    /// A program took too long.
    #[error(
        "PostgreSQL {version}: {doing} took longer than {seconds} s; the end of its log:\n{log}"
    )]
    Deadline {
        /// The version of the server.
        version: String,
        /// The operation.
        doing: &'static str,
        /// The deadline.
        seconds: u64,
        /// The end of the log.
        log: String,
    },
    /// The directory outlived its guard.
    #[error("the server has ended, but its directory {} still exists; remove it", .directory.display())]
    Left {
        /// The directory.
        directory: PathBuf,
    },
}

impl TempServerError {
    /// Whether another port may succeed. The log is in English, because the server's locale is C.
    pub(super) fn is_about_the_port(&self) -> bool {
        matches!(self, Self::Ended { log, .. } if log.contains("Address already in use"))
    }
}
