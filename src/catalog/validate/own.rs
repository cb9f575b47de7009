//! Validates keys that only a check of posemo can have, as the promise about its query was reviewed.

use crate::catalog::built_in;
use crate::catalog::folder::Folder;
use crate::catalog::manifest::Manifest;
use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

/// Whether the query returns digests of the definitions of built-in objects.
pub(super) fn digests(
    document: TomlDocument<'_>,
    folder: &Folder,
    manifest: &Manifest,
) -> Result<bool, Mistake> {
    if manifest.digests && !is_own(folder, "digests") {
        let problem = "only the check system_definitions of posemo has it, with its own query; to watch functions of your own, use the check schema_fingerprint";
        return Err(document.mistake(&["digests"], problem));
    }
    Ok(manifest.digests)
}

/// Whether the folder is an embedded check with this key, or a copy of one, with the same query on every version.
pub(super) fn is_own(folder: &Folder, key: &str) -> bool {
    if folder.shipped {
        return true;
    }
    let is_query = |name: &str| name.starts_with("query");
    let Some((_, files)) = built_in::checks().find(|(name, _)| *name == folder.name) else {
        return false;
    };
    let embedded = files.iter().filter(|(name, _)| is_query(name));
    let own = folder.files.iter().filter(|(name, _)| is_query(name));
    let manifest = files.iter().find(|(name, _)| *name == "check.toml");
    embedded.count() == own.clone().count()
        && own.clone().all(|(name, text)| files.contains(&(name.as_ref(), text.as_ref())))
        && manifest.is_some_and(|(_, text)| text.lines().any(|line| line.starts_with(key)))
}
