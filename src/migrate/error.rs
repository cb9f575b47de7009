//! Why nothing is migrated.

use std::io;
use std::path::PathBuf;

use super::format::MigrateFormat;
use crate::settings::error::SettingsError;
use crate::text::number::counted;

/// Why nothing is migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A file or folder cannot be read.
    #[error("cannot read {}", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// A file is in no known format.
    #[error("{} is in no known format; known are {}; --format sets it", .0.display(), MigrateFormat::known())]
    UnknownFormat(PathBuf),
    /// A folder contains no file in a known format.
    #[error("{} contains no file in a known format (*.cfg, *.conf, *.yml, *.yaml, *.json, *.xml); name files", .0.display())]
    EmptyFolder(PathBuf),
    /// There is too much to read.
    #[error("more than {1} {0}; name fewer files or a smaller folder")]
    TooMany(&'static str, usize),
    /// No call was found.
    #[error("{} without a call of check_postgres or check_pgactivity, and without a host of Posemo; name the files with the definitions of services and commands", counted(*.0, "file"))]
    Nothing(usize),
    /// No call has a counterpart on a server.
    #[error("nothing was written: no call became a setting")]
    NoTarget,
    /// The file for the settings exists.
    #[error("{} exists; name another file with --file, or replace it with --force", .0.display())]
    Exists(PathBuf),
    /// The settings would have a mistake.
    #[error("the settings that were made have a mistake; please report it")]
    Settings(#[source] SettingsError),
    /// The settings cannot be written.
    #[error("cannot write {}", .0.display())]
    Unwritable(PathBuf, #[source] io::Error),
    /// The result cannot be printed.
    #[error("cannot write the result")]
    Output(#[from] io::Error),
}
