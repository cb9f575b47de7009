//! The section `[catalog]`: the trusted keys, and whether a signature is required.
//!
//! posemo reads it before the checks, so names of checks in the file are not validated here.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use toml::Spanned;

use super::error::SettingsError;
use super::file::{CatalogEntry, SettingsFile};
use crate::signature::key::TrustedKey;
use crate::signature::policy::SignaturePolicy;
use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

/// The signature policy that a settings file sets.
pub fn signature_policy(path: &Path) -> Result<SignaturePolicy, SettingsError> {
    let text = fs::read_to_string(path)
        .map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
    let file = path.display().to_string();
    let document = TomlDocument { file: &file, text: &text };
    Ok(policy(&document.read::<SettingsFile>()?.catalog, document)?)
}

/// The signature policy of a section.
pub(super) fn policy(
    entry: &CatalogEntry,
    document: TomlDocument<'_>,
) -> Result<SignaturePolicy, Mistake> {
    let key = |text: &Spanned<String>| {
        TrustedKey::from_str(text.get_ref()).map_err(|error| {
            document.mistake_at(text.span().start, &["catalog", "keys"], error.to_string())
        })
    };
    let keys: Vec<TrustedKey> = entry.keys.iter().map(key).collect::<Result<_, _>>()?;
    if entry.require_signature && keys.is_empty() {
        let message = "signatures cannot be verified without a trusted key; write keys = [\"RW…\"]";
        return Err(document.mistake(&["catalog", "require_signature"], message));
    }
    let required_by = || format!("catalog.require_signature in {}", document.file);
    Ok(SignaturePolicy { keys, required_by: entry.require_signature.then(required_by) })
}
