//! The catalogue: which checks there are, and what each asks, of whom, as whom.
//!
//! It talks to no server. Checks are parsed when they are asked for, so that a plugin call reads one.

use std::collections::BTreeMap;
use std::path::Path;

use crate::signature::policy::SignaturePolicy;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;
use check::Check;
use error::CatalogError;
use folder::Folder;
use source::CheckFolders;

pub mod check;
pub mod error;
mod folder;
pub mod function;
mod manifest;
pub mod monitor;
mod queries;
pub mod server_version;
pub mod source;
mod sql_text;
pub mod thresholds;
mod validate;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// A name that no check may have, as monitoring systems have a service of that name beside the checks.
pub const RESERVED: &str = crate::finding::report::OWN;

/// What a check can be about.
pub const TOPICS: [&str; 13] = [
    "availability",
    "connections",
    "activity",
    "locks",
    "replication",
    "wal",
    "backup",
    "vacuum",
    "storage",
    "performance",
    "configuration",
    "security",
    "schema",
];

/// The privilege sets: name, and the template of the grants that make it.
pub fn owners() -> impl Iterator<Item = (&'static str, &'static str)> {
    OWNERS.iter().copied()
}

/// The cases of a check that posemo was built with: name and text of each file.
pub fn cases(check: &str) -> &'static [(&'static str, &'static str)] {
    CASES.iter().find(|(name, _)| *name == check).map_or(&[], |(_, files)| files)
}

/// The folders of all checks, by name.
#[derive(Debug, Clone)]
pub struct Catalog {
    folders: BTreeMap<String, Folder>,
    /// The names of the keys that signed some of them.
    signers: BTreeMap<String, String>,
}

impl Catalog {
    /// The checks that posemo was built with.
    pub fn embedded() -> Catalog {
        let folders =
            CHECKS.iter().map(|(name, files)| ((*name).to_owned(), Folder::embedded(name, files)));
        Catalog { folders: folders.collect(), signers: BTreeMap::new() }
    }

    /// A catalogue without checks, to which folders are added.
    pub fn empty() -> Catalog {
        Catalog { folders: BTreeMap::new(), signers: BTreeMap::new() }
    }

    /// Adds the checks of a folder or archive; its signature is not verified.
    pub fn add(&mut self, path: &Path) -> Result<(), CatalogError> {
        self.take(source::read(path, &SignaturePolicy::default())?)
    }

    /// Adds the checks of folders that were read; each is validated.
    pub fn take(&mut self, read: CheckFolders) -> Result<(), CatalogError> {
        for folder in read.folders {
            let added = validate::check(&folder)?;
            for name in std::iter::once(&added.name).chain(&added.was) {
                if let Some(first) = self.place_of(name)? {
                    let second = folder.place.to_string();
                    return Err(CatalogError::Twice { name: name.clone(), first, second });
                }
            }
            if let Some(key) = &read.signed_by {
                self.signers.insert(folder.name.to_string(), key.id().to_owned());
            }
            self.folders.insert(folder.name.to_string(), folder);
        }
        Ok(())
    }

    /// The names of all checks, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.folders.keys().map(String::as_str)
    }

    /// The check of a name or former name.
    pub fn get(&self, name: &str) -> Result<Check, CatalogError> {
        if let Some(folder) = self.folders.get(name) {
            return validate::check(folder);
        }
        let renamed =
            self.checks()?.into_iter().find(|check| check.was.iter().any(|was| was == name));
        renamed.ok_or_else(|| CatalogError::NoSuchCheck {
            name: name.to_owned(),
            suggestion: suggestion(name, self.names()),
        })
    }

    /// The name of the key whose signature a check came with, if it was verified.
    pub fn signed_by(&self, name: &str) -> Option<&str> {
        self.signers.get(name).map(String::as_str)
    }

    /// The line of a key in the manifest of a check, if it is written there.
    pub fn line_of(&self, name: &str, key: &[&str]) -> Option<usize> {
        let text = self.folders.get(name)?.file("check.toml")?;
        TomlDocument { file: name, text }.line_of(key)
    }

    /// All checks, by name.
    pub fn checks(&self) -> Result<Vec<Check>, CatalogError> {
        self.folders.values().map(validate::check).collect()
    }

    /// Where a check of a name or former name stands.
    fn place_of(&self, name: &str) -> Result<Option<String>, CatalogError> {
        if let Some(folder) = self.folders.get(name) {
            return Ok(Some(folder.place.to_string()));
        }
        let renamed =
            self.checks()?.into_iter().find(|check| check.was.iter().any(|was| was == name));
        Ok(renamed.map(|check| check.place))
    }
}
