//! Validates the keys about a document, and the keys that a check with a document cannot have.

use crate::catalog::check::Scope;
use crate::catalog::document::{CheckDocument, LONGEST_AGE};
use crate::catalog::folder::Folder;
use crate::catalog::function::FunctionSignature;
use crate::catalog::manifest::{Manifest, RoleEntry};
use crate::catalog::names::is_name;
use crate::text::interval;
use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

use super::columns;

/// The document of the check, if it has one.
pub(super) fn document(
    toml: TomlDocument<'_>,
    folder: &Folder,
    manifest: &Manifest,
) -> Result<Option<CheckDocument>, Mistake> {
    let Some(name) = &manifest.document else {
        if manifest.document_age.is_some() {
            let problem = "this key is for checks with a document; add document = \"NAME\"";
            return Err(toml.mistake(&["document_age"], problem));
        }
        return Ok(None);
    };
    if !is_name(name) {
        let problem = "the name of a document has lower-case letters, digits and underscores, at most 49, and begins with a letter";
        return Err(toml.mistake(&["document"], problem));
    }
    for (key, is_set) in [
        ("scope", manifest.scope != Scope::Cluster),
        ("databases", manifest.databases.is_some()),
        ("script", manifest.script.is_some()),
        ("docs", manifest.docs.is_some()),
        ("role", manifest.role != RoleEntry::Any),
        ("replicated", manifest.replicated),
        ("owner", manifest.owner != "plain"),
        ("writes", manifest.writes),
        ("digests", manifest.digests),
        ("servers", manifest.servers.is_some()),
        ("requires", manifest.requires.is_some()),
        ("worst_first", manifest.worst_first),
        ("no_answer", manifest.no_answer.is_some()),
        ("too_many_connections", manifest.too_many_connections.is_some()),
        ("arguments", !manifest.arguments.is_empty()),
        ("queries", !manifest.queries.is_empty()),
    ] {
        if is_set {
            let problem = "is about queries, and a check with a document has none; remove it";
            return Err(toml.mistake(&[key], problem));
        }
    }
    let is_read = folder.file("evaluate.star").is_some();
    let columns = if manifest.columns.is_empty() && is_read {
        Vec::new()
    } else {
        columns::columns(toml, &["columns"], &manifest.columns)?
    };
    if let Some(ordered) = columns.iter().find(|column| column.worst.is_some()) {
        let key = ["columns", &ordered.name, "worst"];
        let problem = "this key is for rows of a query; those of a document are not ordered";
        return Err(toml.mistake(&key, problem));
    }
    if let Some(measured) = columns.iter().find(|column| column.measured.is_some()) {
        let key = ["columns", &measured.name, "measured"];
        let problem = "nothing is measured for a document; compute the value in the function rows of evaluate.star";
        return Err(toml.mistake(&key, problem));
    }
    let age = manifest.document_age.as_deref().map(interval::parse).transpose();
    let age = age.map_err(|message| toml.mistake(&["document_age"], message))?;
    Ok(Some(CheckDocument {
        name: name.clone(),
        age: age.unwrap_or(LONGEST_AGE),
        rows: FunctionSignature {
            function: folder.name.to_string(),
            arguments: Vec::new(),
            columns,
        },
    }))
}
