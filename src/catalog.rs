//! The catalog: the checks that posemo was built with, and those of folders and archives.
//!
//! It does not connect to a server. A check is parsed when it is needed, so that a plugin call parses one check.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::signature::policy::SignaturePolicy;
use crate::text::pattern::NamePattern;
use crate::text::suggestion::{suggestion, suggestion_for_pattern};
use crate::text::toml::TomlDocument;
use advisories::Advisories;
use check::Check;
use error::CatalogError;
use folder::Folder;
use owner_set::OwnerSet;
use source::CheckFolders;

pub mod advisories;
mod built_in;
pub mod check;
pub mod covers;
pub mod databases;
pub mod document;
pub mod error;
pub mod extension;
mod folder;
pub mod function;
mod manifest;
pub mod monitor;
mod names;
pub mod owner_set;
mod queries;
pub mod rate;
pub mod references;
pub mod server_version;
pub mod source;
mod sql_text;
pub mod thresholds;
mod validate;

pub use built_in::{cases, is_included_query, owners};
pub use names::{LONGEST_NAME, RESERVED, TOPICS, problem_of as problem_of_name};
pub use sql_text::code_of as code_of_query;

/// The folders of checks, by name.
#[derive(Debug, Clone)]
pub struct Catalog {
    folders: BTreeMap<String, Folder>,
    /// The ids of the keys that signed some of them.
    signers: BTreeMap<String, String>,
    /// The owner sets of users, by name.
    owner_sets: BTreeMap<String, OwnerSet>,
    /// The newest list of versions of the folders.
    advisories: Option<Advisories>,
    /// See [`Catalog::is_partial`].
    partial: bool,
}

impl Catalog {
    /// The checks that posemo was built with.
    pub fn embedded() -> Catalog {
        let folders = built_in::checks()
            .map(|(name, files)| (name.to_owned(), Folder::embedded(name, files)));
        Catalog { folders: folders.collect(), ..Catalog::empty() }
    }

    /// A partial catalog with one check that posemo was built with, for a command that reads nothing else; `None` if none
    /// has this name.
    pub fn embedded_check(name: &str) -> Option<Catalog> {
        let (name, files) = built_in::checks().find(|(known, _)| *known == name)?;
        let folders = BTreeMap::from([(name.to_owned(), Folder::embedded(name, files))]);
        Some(Catalog { folders, partial: true, ..Catalog::empty() })
    }

    /// A catalog without checks.
    pub fn empty() -> Catalog {
        Catalog {
            folders: BTreeMap::new(),
            signers: BTreeMap::new(),
            owner_sets: BTreeMap::new(),
            advisories: None,
            partial: false,
        }
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
        self.add_valid(read).into_iter().next().map_or(Ok(()), Err)
    }

    /// Adds the checks of folders that are valid, and returns the errors of the others.
    pub fn add_valid(&mut self, read: CheckFolders) -> Vec<CatalogError> {
        let CheckFolders { folders, owners, unreadable, signed_by, advisories } = read;
        let newer = |list: &Advisories| {
            self.advisories.as_ref().is_none_or(|known| known.as_of < list.as_of)
        };
        if let Some(list) = advisories.filter(newer) {
            self.advisories = Some(list);
        }
        let mut errors = unreadable;
        for file in owners.iter() {
            let added = OwnerSet::read(file).map_err(CatalogError::from);
            errors.extend(added.and_then(|own| self.add_owner(own)).err());
        }
        for folder in folders {
            let name = folder.name.to_string();
            match (self.add_folder(folder), &signed_by) {
                (Ok(()), Some(key)) => drop(self.signers.insert(name, key.id().to_owned())),
                (Ok(()), None) => {}
                (Err(error), _) => errors.push(error),
            }
        }
        // A mistake in an owner set is that of each check with this owner.
        let mut seen = BTreeSet::new();
        errors.retain(|error| seen.insert(error.to_string()));
        errors
    }

    /// The owner sets of users in the folders that were added.
    pub fn owner_sets(&self) -> impl Iterator<Item = &OwnerSet> {
        self.owner_sets.values()
    }

    /// Adds an owner set. Two files can contain the same set, if the folders of their checks are given one by one.
    fn add_owner(&mut self, own: OwnerSet) -> Result<(), CatalogError> {
        self.same_owner(&own)?;
        self.owner_sets.entry(own.name.clone()).or_insert(own);
        Ok(())
    }

    /// Fails if another owner set has the name of this one.
    fn same_owner(&self, own: &OwnerSet) -> Result<(), CatalogError> {
        match self.owner_sets.get(&own.name) {
            Some(first) if first.tables != own.tables => {
                let (first, second) = (first.place.clone(), own.place.clone());
                Err(CatalogError::OwnerTwice { name: own.name.clone(), first, second })
            }
            _ => Ok(()),
        }
    }

    fn add_folder(&mut self, folder: Folder) -> Result<(), CatalogError> {
        let added = validate::check(&folder)?;
        added.own_owner.as_deref().map_or(Ok(()), |own| self.same_owner(own))?;
        for name in std::iter::once(&added.name).chain(&added.was) {
            if let Some(first) = self.folder_of(name)? {
                let second = folder.place.to_string();
                return Err(CatalogError::Twice { name: name.clone(), first, second });
            }
        }
        self.folders.insert(folder.name.to_string(), folder);
        Ok(())
    }

    /// The names of all checks, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.folders.keys().map(String::as_str)
    }

    /// Whether the script of a check gets the list of versions. It does not parse the check.
    pub fn gives_advisories(&self, name: &str) -> bool {
        let manifest = self.folders.get(name).and_then(|folder| folder.file("check.toml"));
        manifest.is_some_and(|text| text.contains("\nadvisories"))
    }

    /// Whether it has a check with this name or former name. A current name is found without parsing a check.
    pub fn contains(&self, name: &str) -> bool {
        self.folders.contains_key(name) || self.get(name).is_ok()
    }

    /// The check with this name or former name.
    pub fn get(&self, name: &str) -> Result<Check, CatalogError> {
        if let Some(folder) = self.folders.get(name) {
            return self.read(folder);
        }
        let renamed =
            self.checks()?.into_iter().find(|check| check.was.iter().any(|was| was == name));
        renamed.ok_or_else(|| CatalogError::NoSuchCheck {
            name: name.to_owned(),
            suggestion: suggestion(name, self.names()),
        })
    }

    /// The checks with this name or former name, or whose names match this pattern; at least one.
    pub fn matching(&self, pattern: &str) -> Result<Vec<Check>, CatalogError> {
        let parsed = NamePattern::new(pattern);
        if parsed.exact().is_some() {
            return Ok(vec![self.get(pattern)?]);
        }
        let folders = self.folders.iter().filter(|(name, _)| parsed.matches(name));
        let checks: Vec<Check> =
            folders.map(|(_, folder)| self.read(folder)).collect::<Result<_, _>>()?;
        if checks.is_empty() {
            let suggestion = suggestion_for_pattern(pattern, self.names());
            return Err(CatalogError::NoMatch { pattern: pattern.to_owned(), suggestion });
        }
        Ok(checks)
    }

    /// The checks with these names or patterns, and of these topics, sorted by name; without names or topics, all.
    pub fn selected(
        &self,
        names: &[String],
        topics: &[String],
    ) -> Result<Vec<Check>, CatalogError> {
        let mut checks = if names.is_empty() {
            self.checks()?
        } else {
            let named = names.iter().map(|name| self.matching(name));
            let mut checks: Vec<Check> = named.collect::<Result<Vec<_>, _>>()?.concat();
            // A check that runs only on demand is one that the user names.
            for check in &mut checks {
                let mut known = check.was.iter().chain([&check.name]);
                check.by_default |= known.any(|name| names.contains(name));
            }
            checks
        };
        checks.retain(|check| topics.is_empty() || topics.contains(&check.topic));
        checks.sort_by(|a, b| a.name.cmp(&b.name));
        checks.dedup_by(|a, b| a.name == b.name);
        Ok(checks)
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

    /// The SHA-256 of all files of the checks, their owner sets and the list of versions, in hexadecimal digits.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(text.as_bytes());
        };
        for (name, folder) in &self.folders {
            add(name);
            let files: BTreeMap<_, _> = folder.files.iter().cloned().collect();
            for (name, text) in &files {
                add(name);
                add(text);
            }
            for owner in folder.owners.iter() {
                add(&owner.name);
                add(&owner.text);
            }
        }
        add(&self.advisories.as_ref().map(Advisories::as_value).unwrap_or_default());
        hash.finalize().iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
    }

    /// The ids of the keys that signed checks, and the number of checks of each.
    pub fn signers(&self) -> BTreeMap<&str, usize> {
        let mut signers = BTreeMap::new();
        self.signers.values().for_each(|key| *signers.entry(key.as_str()).or_default() += 1);
        signers
    }

    /// All checks, by name.
    pub fn checks(&self) -> Result<Vec<Check>, CatalogError> {
        self.folders.values().map(|folder| self.read(folder)).collect()
    }

    /// A valid check. Its script gets the list of versions, if it needs one.
    fn read(&self, folder: &Folder) -> Result<Check, CatalogError> {
        let mut check = validate::check(folder)?;
        if let (true, Some(list), Some(script)) =
            (check.advisories, &self.advisories, &mut check.script)
        {
            advisories::define(script, Some(list));
        }
        Ok(check)
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
