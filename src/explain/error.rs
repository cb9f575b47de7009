//! Why a page could not be written.

use std::io;

use crate::install::error::InstallError;
use crate::settings::error::SettingsError;

/// Why a page could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The SQL of the check cannot be written.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// The settings do not fit the check.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The output failed.
    #[error(transparent)]
    Output(#[from] io::Error),
}
