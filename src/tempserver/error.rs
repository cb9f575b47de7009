//! What can go wrong with a throw-away server.
//!
//! Messages only: nothing here tries again or cleans up.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why there is no throw-away server.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TempServerError {
    /// No place with server programs was found.
    #[error(
        "no PostgreSQL server programs (initdb and postgres, 12 or newer) found. Looked in:\n{}\n\
         Install them (Debian, Ubuntu: apt-get install postgresql; Fedora, RHEL: dnf install postgresql-server; \
         macOS: brew install postgresql), or set POSEMO_PG_BINDIR to the directory that holds them",
        .looked.iter().map(|place| format!("  {place}")).collect::<Vec<_>>().join("\n")
    )]
    NotFound {
        /// The places, in the order of looking, each with what was wrong with it.
        looked: Vec<String>,
    },
    /// The environment names a place that does not serve.
    #[error("POSEMO_PG_BINDIR is set to {}, but {problem}; correct or unset it", .bindir.display())]
    Variable {
        /// What the variable says.
        bindir: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The caller named a place that does not serve.
    #[error("cannot use the server programs in {}: {problem}", .bindir.display())]
    Bindir {
        /// The directory named.
        bindir: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// No private directory could be made.
    #[error(
        "cannot make a directory for the server as user id {user} under any of: {}; set TMPDIR to a directory \
         that this user may write to and whose path is short (a socket's path has at most 103 bytes)",
        .tried.iter().map(|base| base.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    Directory {
        /// Who was to own it.
        user: u32,
        /// Where it was tried.
        tried: Vec<PathBuf>,
    },
    /// The guard process could not be started or spoken to.
    #[error("cannot {doing} the guard of the server (a process of /bin/sh as user id {user})")]
    Guard {
        /// What was being done, as a verb.
        doing: &'static str,
        /// Who runs it.
        user: u32,
        /// What the system said.
        source: io::Error,
    },
    /// The name of a setting is none.
    #[error("{name:?} is not the name of a PostgreSQL setting")]
    Setting {
        /// The name given.
        name: String,
    },
    /// No port could be had on the loopback interface.
    #[error("cannot find a free port on 127.0.0.1")]
    Port(#[source] io::Error),
    /// A program ended with an error.
    #[error(
        "PostgreSQL {version}: {doing} ended with exit status {status}; its last words:\n{log}"
    )]
    Ended {
        /// The version of the server.
        version: String,
        /// What was being done.
        doing: &'static str,
        /// The exit status, as a shell gives it.
        status: String,
        /// The end of the log.
        log: String,
    },
    /// A program took too long.
    #[error("PostgreSQL {version}: {doing} took longer than {seconds} s; its last words:\n{log}")]
    Deadline {
        /// The version of the server.
        version: String,
        /// What was being done.
        doing: &'static str,
        /// How long was waited.
        seconds: u64,
        /// The end of the log.
        log: String,
    },
    /// The directory outlived its guard.
    #[error("the server has ended, but its directory {} is still there; remove it", .directory.display())]
    Left {
        /// What was left.
        directory: PathBuf,
    },
}

impl TempServerError {
    /// Whether another port might do. The server speaks English: its locale is C.
    pub(super) fn is_about_the_port(&self) -> bool {
        matches!(self, Self::Ended { log, .. } if log.contains("Address already in use"))
    }
}
