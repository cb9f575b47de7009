//! The text of a settings file, which is read once.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::SettingsError;

/// The largest file, in bytes. Settings for thousands of targets are smaller.
const LARGEST: u64 = 4 << 20;

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
        let mut text = String::new();
        let read =
            File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
        match read {
            Ok(bytes) if bytes as u64 > LARGEST => {
                return Err(SettingsError::Large { path: path.to_owned() });
            }
            Ok(_) => {}
            Err(source) => return Err(SettingsError::Read { path: path.to_owned(), source }),
        }
        Ok(SettingsText { path: path.to_owned(), text })
    }

    /// The file, as messages name it.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }
}
