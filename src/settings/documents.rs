//! Validates the documents of targets: their names, paths and ages.

use std::collections::BTreeSet;
use std::path::Path;

use super::error::SettingsError;
use super::file::{DocumentEntry, DocumentTable, SettingsFile};
use super::target::{Target, TargetDocument};
use crate::catalog::Catalog;
use crate::text::interval;
use crate::text::mistake::Mistakes;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// Sets the documents of each target. A relative path begins at the folder of the settings.
pub(super) fn set(
    targets: &mut [Target],
    file: &SettingsFile,
    document: TomlDocument<'_>,
    catalog: &Catalog,
    mistakes: &mut Mistakes,
) -> Result<(), SettingsError> {
    let has_any = file.targets.values().any(|entry| !entry.documents.is_empty());
    // Other commands need not parse all checks.
    let known = if has_any && !catalog.is_partial() { Some(names(catalog)?) } else { None };
    let folder = Path::new(document.file).parent().unwrap_or(Path::new(""));
    for target in targets {
        let Some(entry) = file.targets.get(&target.name) else { continue };
        for (name, entry) in &entry.documents {
            let path = ["targets", &target.name, "documents", name];
            if let Some(known) = known.as_ref().filter(|known| !known.contains(name)) {
                let near = suggestion(name, known.iter().map(String::as_str));
                let message = format!("no check judges a document \"{name}\"{near}");
                mistakes.push(document.mistake(&path, message));
                continue;
            }
            let (file, age) = match entry {
                DocumentEntry::Path(path) => (path, None),
                DocumentEntry::Table(DocumentTable { path, age }) => (path, age.as_deref()),
            };
            if file.as_os_str().is_empty() {
                mistakes.push(document.mistake(&path, "must be the path of a file"));
                continue;
            }
            let mistake = |message| document.mistake(&[&path[..], &["age"]].concat(), message);
            let age = age.map(interval::parse).transpose().map_err(mistake);
            let age = mistakes.keep(age).flatten();
            let file = TargetDocument { name: name.clone(), path: folder.join(file), age };
            target.documents.push(file);
        }
    }
    Ok(())
}

/// The names of the documents that checks judge.
fn names(catalog: &Catalog) -> Result<BTreeSet<String>, SettingsError> {
    let checks = catalog.checks()?.into_iter();
    Ok(checks.filter_map(|check| check.document).map(|document| document.name).collect())
}
