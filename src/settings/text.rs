//! The text of a settings file, which is read once.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::SettingsError;

/// A settings file that was read.
#[derive(Debug)]
pub struct SettingsText {
    /// The file.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

impl SettingsText {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<SettingsText, SettingsError> {
        let text = fs::read_to_string(path)
            .map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
        Ok(SettingsText { path: path.to_owned(), text })
    }

    /// The file, as messages name it.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }
}
