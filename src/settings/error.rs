//! What can be wrong with the settings.
//!
//! A mistake in the file is said with file, line, key and the nearest right name.

use std::io;
use std::path::PathBuf;

use crate::catalog::error::CatalogError;
use crate::text::mistake::Mistake;

/// Settings that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the settings {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file says something wrong.
    #[error(transparent)]
    Mistake(#[from] Mistake),
    /// A check that the settings name has a defect of its own.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// Nobody knows such a receiver.
    #[error("there is no receiver \"{name}\": the settings have no [receivers.{name}]{suggestion}")]
    NoSuchReceiver {
        /// The name that was asked for.
        name: String,
        /// What to write instead.
        suggestion: String,
    },
    /// Nobody knows such a target.
    #[error("there is no target \"{name}\" in {file}{suggestion}")]
    NoSuchTarget {
        /// The name that was asked for.
        name: String,
        /// The settings file.
        file: String,
        /// What to write instead.
        suggestion: String,
    },
}
