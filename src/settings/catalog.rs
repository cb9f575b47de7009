//! The section `[catalog]`: the folders of checks, the trusted keys, and whether a signature is required.
//!
//! posemo reads it before the checks, and reads no other section here: the names of checks cannot be validated yet.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml::Spanned;

use super::error::SettingsError;
use super::file::{CatalogEntry, CatalogOnly};
use super::text::SettingsText;
use crate::signature::key::TrustedKey;
use crate::signature::policy::SignaturePolicy;
use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

/// The folders of checks that the settings name, and how their signatures are verified.
#[derive(Debug, Default)]
pub struct CatalogSettings {
    /// The folders and archives; absent where the settings do not set them.
    pub paths: Option<Vec<CatalogPath>>,
    /// Which signatures are trusted and required.
    pub policy: SignaturePolicy,
}

/// A folder or archive of the settings.
#[derive(Debug, Clone)]
pub struct CatalogPath {
    /// The path. A relative path was joined to the folder of the settings file.
    pub path: PathBuf,
    /// The file, the line and the key, as messages name them.
    pub place: String,
}

/// The section of a settings file. Mistakes in the other sections are not reported.
pub fn read(settings: &SettingsText) -> Result<CatalogSettings, SettingsError> {
    let name = settings.name();
    let document = TomlDocument { file: &name, text: &settings.text };
    let entry = document.read::<CatalogOnly>()?.catalog;
    let folder = settings.path.parent().unwrap_or(Path::new(""));
    let path = |path: &Spanned<PathBuf>| CatalogPath {
        path: folder.join(path.get_ref()),
        place: document.mistake_at(path.span().start, &["catalog", "paths"], "").place(),
    };
    let paths = entry.paths.as_ref().map(|paths| paths.iter().map(path).collect());
    Ok(CatalogSettings { paths, policy: policy(&entry, document)? })
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
