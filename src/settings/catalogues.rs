//! The section `[catalogues]`: whose signatures under a catalogue are believed, and whether there must be one.
//!
//! It is read before the catalogue is, so nothing else of the file is looked at here.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use serde::Deserialize;
use toml::Spanned;

use super::error::SettingsError;
use super::file::File;
use crate::catalog::seal::Trust;
use crate::catalog::seal::key::Key;
use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

/// The section, word for word.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CataloguesEntry {
    #[serde(default)]
    require_signature: bool,
    #[serde(default)]
    keys: Vec<Spanned<String>>,
}

/// What the settings in a file say of signatures. The names of checks in it are not looked at, as whose checks
/// are believed is known only afterwards.
pub fn trust(path: &Path) -> Result<Trust, SettingsError> {
    let text = fs::read_to_string(path)
        .map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
    let file = path.display().to_string();
    let document = TomlDocument { file: &file, text: &text };
    Ok(document.read::<File>()?.catalogues.trust(document)?)
}

impl CataloguesEntry {
    /// The same, validated.
    pub(super) fn trust(&self, document: TomlDocument<'_>) -> Result<Trust, Mistake> {
        let key = |text: &Spanned<String>| {
            Key::from_str(text.get_ref()).map_err(|error| {
                document.mistake_at(text.span().start, &["catalogues", "keys"], error.to_string())
            })
        };
        let keys: Vec<Key> = self.keys.iter().map(key).collect::<Result<_, _>>()?;
        if self.require_signature && keys.is_empty() {
            let message = "no signature could be good without a key; name one: keys = [\"RW…\"]";
            return Err(document.mistake(&["catalogues", "require_signature"], message));
        }
        let required_by = || format!("catalogues.require_signature in {}", document.file);
        Ok(Trust { keys, required_by: self.require_signature.then(required_by) })
    }
}
