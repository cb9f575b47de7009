//! The catalog: the checks that posemo was built with, and those of folders and archives.
//!
//! It does not connect to a server. A check is parsed when it is needed, so that a plugin call parses one check.

use std::collections::BTreeMap;
use std::path::Path;

use crate::signature::policy::SignaturePolicy;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;
use check::Check;
use error::CatalogError;
use folder::Folder;
use source::CheckFolders;

mod built_in;
pub mod check;
pub mod error;
mod folder;
pub mod function;
mod manifest;
pub mod monitor;
mod names;
mod queries;
pub mod server_version;
pub mod source;
mod sql_text;
pub mod thresholds;
mod validate;

pub use built_in::{cases, owners};
pub use names::{LONGEST_NAME, RESERVED, TOPICS};

/// The folders of checks, by name.
#[derive(Debug, Clone)]
pub struct Catalog {
    folders: BTreeMap<String, Folder>,
    /// The ids of the keys that signed some of them.
    signers: BTreeMap<String, String>,
    /// See [`Catalog::is_partial`].
    partial: bool,
}

impl Catalog {
    /// The checks that posemo was built with.
    pub fn embedded() -> Catalog {
        let folders = built_in::checks()
            .map(|(name, files)| (name.to_owned(), Folder::embedded(name, files)));
        Catalog { folders: folders.collect(), signers: BTreeMap::new(), partial: false }
    }

    /// A catalog without checks.
    pub fn empty() -> Catalog {
        Catalog { folders: BTreeMap::new(), signers: BTreeMap::new(), partial: false }
    }

    /// The same catalog, for a command that reads only some of the folders.
    #[must_use]
    pub fn partial(self) -> Catalog {
        Catalog { partial: true, ..self }
    }

    /// Whether folders were not read, so that a name may be that of a check that it does not contain.
    pub fn is_partial(&self) -> bool {
        self.partial
    }

    /// Adds the checks of a folder or archive; its signature is not verified.
    pub fn add(&mut self, path: &Path) -> Result<(), CatalogError> {
        self.add_folders(source::read(path, &SignaturePolicy::default())?)
    }

    /// Validates the checks of folders that were read, and adds them.
    pub fn add_folders(&mut self, read: CheckFolders) -> Result<(), CatalogError> {
        for folder in read.folders {
            let added = validate::check(&folder)?;
            for name in std::iter::once(&added.name).chain(&added.was) {
                if let Some(first) = self.folder_of(name)? {
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

    /// Whether it has a check with this name or former name. A current name is found without parsing a check.
    pub fn contains(&self, name: &str) -> bool {
        self.folders.contains_key(name) || self.get(name).is_ok()
    }

    /// The check with this name or former name.
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

    /// The id of the key that signed a check; absent where no signature was verified.
    pub fn signed_by(&self, name: &str) -> Option<&str> {
        self.signers.get(name).map(String::as_str)
    }

    /// The line of a key in the check.toml of a check; absent where the key is not written.
    pub fn line_of(&self, name: &str, key: &[&str]) -> Option<usize> {
        let text = self.folders.get(name)?.file("check.toml")?;
        TomlDocument { file: name, text }.line_of(key)
    }

    /// All checks, by name.
    pub fn checks(&self) -> Result<Vec<Check>, CatalogError> {
        self.folders.values().map(validate::check).collect()
    }

    /// The folder of the check with this name or former name, as messages name it.
    fn folder_of(&self, name: &str) -> Result<Option<String>, CatalogError> {
        if let Some(folder) = self.folders.get(name) {
            return Ok(Some(folder.place.to_string()));
        }
        let renamed =
            self.checks()?.into_iter().find(|check| check.was.iter().any(|was| was == name));
        Ok(renamed.map(|check| check.place))
    }
}
