//! The section `[catalog]`: the keys whose signatures are trusted, and whether a signature is required.
//!
//! It is read before the catalog, so the rest of the file is not validated here.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use serde::Deserialize;
use toml::Spanned;

use super::error::SettingsError;
use super::file::File;
use crate::signature::key::TrustedKey;
use crate::signature::policy::SignaturePolicy;
use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

/// The section, word for word.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogEntry {
    #[serde(default)]
    require_signature: bool,
    #[serde(default)]
    keys: Vec<Spanned<String>>,
}

/// What the settings in a file say of signatures. The names of checks in it are not looked at, as whose checks
/// are believed is known only afterwards.
pub fn signature_policy(path: &Path) -> Result<SignaturePolicy, SettingsError> {
    let text = fs::read_to_string(path)
        .map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
    let file = path.display().to_string();
    let document = TomlDocument { file: &file, text: &text };
    Ok(document.read::<File>()?.catalog.policy(document)?)
}

impl CatalogEntry {
    /// The same, validated.
    pub(super) fn policy(&self, document: TomlDocument<'_>) -> Result<SignaturePolicy, Mistake> {
        let key = |text: &Spanned<String>| {
            TrustedKey::from_str(text.get_ref()).map_err(|error| {
                document.mistake_at(text.span().start, &["catalog", "keys"], error.to_string())
            })
        };
        let keys: Vec<TrustedKey> = self.keys.iter().map(key).collect::<Result<_, _>>()?;
        if self.require_signature && keys.is_empty() {
            let message = "no signature could be good without a key; name one: keys = [\"RW…\"]";
            return Err(document.mistake(&["catalog", "require_signature"], message));
        }
        let required_by = || format!("catalog.require_signature in {}", document.file);
        Ok(SignaturePolicy { keys, required_by: self.require_signature.then(required_by) })
    }
}
