//! The errors of reading and using settings.
//!
//! A mistake in the file is reported with file, line, key and the most similar correct name.

use std::io;
use std::path::PathBuf;

use crate::catalog::error::CatalogError;
use crate::text::mistake::Mistake;
use crate::text::number::counted;

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the settings {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file is larger than settings can be.
    #[error("the settings {} have more than 4 MiB: name a TOML file", path.display())]
    Large {
        /// The file.
        path: PathBuf,
    },
    /// The file contains a mistake.
    #[error(transparent)]
    Mistake(#[from] Mistake),
    /// The file contains mistakes.
    #[error("{first}{}", others(*more))]
    Mistakes {
        /// The first mistake.
        first: Mistake,
        /// The number of others.
        more: usize,
    },
    /// A check in the settings is not valid.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// An option of a command does not fit the check.
    #[error("{option}: {message}")]
    Option {
        /// The option with its value.
        option: String,
        /// What is wrong, and what to write.
        message: String,
    },
    /// No receiver has this name.
    #[error(
        "receiver \"{name}\" does not exist: the settings do not contain [receivers.{name}]{suggestion}"
    )]
    NoSuchReceiver {
        /// The name that was given.
        name: String,
        /// The most similar name, as the end of the sentence.
        suggestion: String,
    },
    /// No profile has this name.
    #[error(
        "profile \"{name}\" does not exist{suggestion}; a file has a path with / or the ending .toml"
    )]
    NoSuchProfile {
        /// The name that was given.
        name: String,
        /// The most similar name, as the end of the sentence.
        suggestion: String,
    },
    /// No target has this name.
    #[error("target \"{name}\" does not exist in {file}{suggestion}")]
    NoSuchTarget {
        /// The name that was given.
        name: String,
        /// The settings file.
        file: String,
        /// The most similar name, or what to do, as the end of the sentence.
        suggestion: String,
    },
}

fn others(more: usize) -> String {
    match more {
        0 => String::new(),
        _ => format!(" (and {}: posemo config check)", counted(more, "more mistake")),
    }
}
