//! Validates the keys about a script.

use crate::catalog::check::{DocsForm, Query, Scope, ScriptDatabases};
use crate::catalog::manifest::{DatabasesEntry, Manifest};
use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

const NO_SCRIPT: &str =
    "this key is for checks with a script; remove it, or add the file evaluate.star";

/// Whether the script runs once or for each database. A script runs for each database only if all queries do.
pub(super) fn databases(
    document: TomlDocument<'_>,
    manifest: &Manifest,
    has_script: bool,
    queries: &[Query],
) -> Result<ScriptDatabases, Mistake> {
    let old = match &manifest.databases {
        Some(DatabasesEntry::Script(databases)) => Some(*databases),
        _ => None,
    };
    let key = if old.is_some() { "databases" } else { "script" };
    let Some(databases) = old.or(manifest.script) else { return Ok(ScriptDatabases::default()) };
    let problem = if !has_script {
        NO_SCRIPT
    } else if queries.iter().any(|query| query.scope == Scope::Cluster) {
        "this key is for checks whose queries all run in each database: scope = \"database\""
    } else {
        if old.is_some_and(|old| manifest.script.is_some_and(|new| new != old)) {
            let problem = "contradicts the key databases, which is the older form of this key";
            return Err(document.mistake(&["script"], problem));
        }
        return Ok(databases);
    };
    Err(document.mistake(&[key], problem))
}

/// Whether the rows come in the order of the script's judgement.
pub(super) fn worst_first(
    document: TomlDocument<'_>,
    manifest: &Manifest,
    has_script: bool,
) -> Result<bool, Mistake> {
    if manifest.worst_first && !has_script {
        let problem = "this key is for checks with a script; without one, posemo orders the rows by the metrics";
        return Err(document.mistake(&["worst_first"], problem));
    }
    Ok(manifest.worst_first)
}

/// Whether the script gets the list of versions.
pub(super) fn advisories(
    document: TomlDocument<'_>,
    manifest: &Manifest,
    has_script: bool,
) -> Result<bool, Mistake> {
    if manifest.advisories && !has_script {
        return Err(document.mistake(&["advisories"], NO_SCRIPT));
    }
    Ok(manifest.advisories)
}

/// The form of the argument `docs`.
pub(super) fn docs(
    document: TomlDocument<'_>,
    manifest: &Manifest,
    has_script: bool,
    queries: &[Query],
) -> Result<DocsForm, Mistake> {
    let Some(docs) = manifest.docs else { return Ok(DocsForm::default()) };
    let problem = if !has_script {
        NO_SCRIPT
    } else if docs == DocsForm::Rows && queries.len() > 1 {
        "\"rows\" is for checks with one query; for several queries write docs = \"list\""
    } else {
        return Ok(docs);
    };
    Err(document.mistake(&["docs"], problem))
}
