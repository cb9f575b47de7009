//! The catalog in force: the checks of posemo, of the settings and of the command line.

use std::path::{Path, PathBuf};

use super::error::ConfigError;
use crate::catalog::{Catalog, source};
use crate::settings::catalog::{self, CatalogPath, CatalogSettings};
use crate::settings::text::SettingsText;

/// The folder with checks that every command reads if it exists and the settings do not set other ones.
const USUAL: &str = "/etc/posemo/checks";

/// The whole catalog. `more` are the folders and archives of the command line.
pub fn whole(settings: Option<&SettingsText>, more: &[PathBuf]) -> Result<Catalog, ConfigError> {
    let (catalog, errors) = valid(settings, more)?;
    errors.into_iter().next().map_or(Ok(catalog), Err)
}

/// The catalog without the checks that have a mistake, and their errors.
pub fn valid(
    settings: Option<&SettingsText>,
    more: &[PathBuf],
) -> Result<(Catalog, Vec<ConfigError>), ConfigError> {
    let configured = section(settings)?;
    let (mut catalog, mut errors, mut seen) = (Catalog::embedded(), Vec::new(), Vec::new());
    let mut add = |path: &Path| match source::read(path, &configured.policy) {
        Ok(read) => catalog.add_valid(read),
        Err(error) => vec![error],
    };
    for CatalogPath { path, place } in paths(&configured) {
        seen.extend(path.canonicalize());
        let of_path = |source| ConfigError::Path { place: place.clone(), source };
        errors.extend(add(&path).into_iter().map(of_path));
    }
    for path in more {
        // A folder of the settings may be named again.
        if !path.canonicalize().is_ok_and(|path| seen.contains(&path)) {
            errors.extend(add(path).into_iter().map(ConfigError::from));
        }
    }
    Ok((catalog, errors))
}

/// The catalog for a command that needs one check. For a check of posemo no folder is read, unless the command line names
/// one.
pub fn for_check(
    name: &str,
    settings: Option<&SettingsText>,
    more: &[PathBuf],
) -> Result<Catalog, ConfigError> {
    // A folder may contain a newer list of versions.
    let only = Catalog::embedded_check(name);
    if only.as_ref().is_some_and(|only| only.gives_advisories(name)) {
        return whole(settings, more);
    }
    // Without settings, no other name is looked up.
    if let Some(only) = only.filter(|_| settings.is_none() && more.is_empty()) {
        return Ok(only);
    }
    let embedded = Catalog::embedded();
    if !more.is_empty() || !embedded.contains(name) {
        return whole(settings, more);
    }
    // A text without the word has no such section; other mistakes are found when the settings are validated.
    let settings = settings.filter(|settings| settings.text.contains("paths"));
    let has_others = !paths(&section(settings)?).is_empty();
    Ok(if has_others { embedded.partial() } else { embedded })
}

/// The folders and archives of the settings, except those that the command line names again.
pub fn configured(
    settings: Option<&SettingsText>,
    more: &[PathBuf],
) -> Result<Vec<CatalogPath>, ConfigError> {
    let named: Vec<PathBuf> = more.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut configured = paths(&section(settings)?);
    configured.retain(|one| !one.path.canonicalize().is_ok_and(|path| named.contains(&path)));
    Ok(configured)
}

/// The section `[catalog]`; its defaults where no file exists.
pub fn section(settings: Option<&SettingsText>) -> Result<CatalogSettings, ConfigError> {
    Ok(settings.map(catalog::read).transpose()?.unwrap_or_default())
}

/// The folders and archives of the settings, or else the usual folder if it exists and is not empty.
fn paths(configured: &CatalogSettings) -> Vec<CatalogPath> {
    let usual = || {
        let has_entries = std::fs::read_dir(USUAL).is_ok_and(|mut all| all.next().is_some());
        let path = CatalogPath { path: USUAL.into(), place: "the usual folder".to_owned() };
        has_entries.then_some(path).into_iter().collect()
    };
    configured.paths.clone().unwrap_or_else(usual)
}
