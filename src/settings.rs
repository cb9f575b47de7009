//! What the operator wants: targets, and what is said of checks, validated against the catalogue.
//!
//! It holds no secret and opens no connection.

use std::fs;
use std::path::Path;

use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::catalog::error::CatalogError;
use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;
use effective::EffectiveCheck;
use error::SettingsError;
use file::{CheckEntry, File, TargetEntry};
use indexmap::IndexMap;
use receiver::Receiver;
use target::Target;

pub mod catalog;
pub mod effective;
pub mod error;
mod file;
pub mod origin;
pub mod receiver;
pub mod target;

/// The settings of one file, or those of no file.
#[derive(Debug, Default)]
pub struct Settings {
    name: String,
    text: String,
    file: File,
    targets: Vec<Target>,
    receivers: Vec<Receiver>,
    defaults: Target,
}

impl Settings {
    /// Reads a file and holds every name in it against the catalogue.
    pub fn read(path: &Path, catalog: &Catalog) -> Result<Settings, SettingsError> {
        let text = fs::read_to_string(path)
            .map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
        Settings::parse(&path.display().to_string(), text, catalog)
    }

    /// The same for a text.
    pub fn parse(name: &str, text: String, catalog: &Catalog) -> Result<Settings, SettingsError> {
        let document = TomlDocument { file: name, text: &text };
        let file: File = document.read()?;
        for (key, absent) in [
            ("groups", file.defaults.groups.is_empty()),
            ("checks", file.defaults.checks.is_empty()),
        ] {
            if !absent {
                let message =
                    "is no default; what is said of checks everywhere stands in [checks.NAME]";
                return Err(document.mistake(&["defaults", key], message).into());
            }
        }
        file.catalog.policy(document)?;
        can_be_named("targets", file.targets.keys(), document)?;
        can_be_named("groups", file.groups.keys(), document)?;
        can_be_named("receivers", file.receivers.keys(), document)?;
        let base = target::keywords(&file.defaults, document, &["defaults"])?;
        let defaults = Target {
            keywords: base.clone(),
            schema: file.defaults.schema.clone(),
            ..Target::default()
        };
        let targets = file
            .targets
            .iter()
            .map(|(name, entry)| target(&file, document, &defaults, name, entry))
            .collect::<Result<Vec<Target>, Mistake>>()?;
        let receivers = file.receivers.iter();
        let receivers = receivers
            .map(|(name, entry)| receiver::receiver(name, entry, document))
            .collect::<Result<Vec<Receiver>, Mistake>>()?;
        for receiver in &receivers {
            hosts_are_targets(receiver, &file, document)?;
        }
        let name = name.to_owned();
        let settings = Settings { name, file, targets, receivers, defaults, text: String::new() };
        settings.hold_against(catalog, document)?;
        Ok(Settings { text, ..settings })
    }

    /// All targets, in the order of the file.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// What holds for a target that the file does not name: its defaults.
    pub fn defaults(&self) -> &Target {
        &self.defaults
    }

    /// The target of a name.
    pub fn target(&self, name: &str) -> Result<&Target, SettingsError> {
        self.targets.iter().find(|target| target.name == name).ok_or_else(|| {
            SettingsError::NoSuchTarget {
                name: name.to_owned(),
                file: if self.name.is_empty() {
                    "the settings (there is no posemo.toml)".to_owned()
                } else {
                    self.name.clone()
                },
                suggestion: if self.targets.is_empty() {
                    "; a server that no settings name is asked with -H HOST".to_owned()
                } else {
                    suggestion(name, self.targets.iter().map(|target| target.name.as_str()))
                },
            }
        })
    }

    /// All receivers, in the order of the file.
    pub fn receivers(&self) -> &[Receiver] {
        &self.receivers
    }

    /// The receiver of a name.
    pub fn receiver(&self, name: &str) -> Result<&Receiver, SettingsError> {
        let found = self.receivers.iter().find(|receiver| receiver.name == name);
        found.ok_or_else(|| SettingsError::NoSuchReceiver {
            name: name.to_owned(),
            suggestion: suggestion(
                name,
                self.receivers.iter().map(|receiver| receiver.name.as_str()),
            ),
        })
    }

    /// How a check is to be run against a target.
    pub fn effective(
        &self,
        check: &Check,
        target: &Target,
    ) -> Result<EffectiveCheck, SettingsError> {
        let document = TomlDocument { file: &self.name, text: &self.text };
        let mut effective = EffectiveCheck::from_catalog(check);
        for (path, entries) in self.layers(target) {
            for name in std::iter::once(&check.name).chain(&check.was) {
                if let Some(entry) = entries.get(name) {
                    let path = [path.as_slice(), &[name.as_str()]].concat();
                    effective.overlay(check, entry, document, &path)?;
                }
            }
        }
        Ok(effective)
    }

    /// The sections about checks that are in force for a target, in order of rising priority.
    fn layers<'a>(
        &'a self,
        target: &'a Target,
    ) -> Vec<(Vec<&'a str>, &'a IndexMap<String, CheckEntry>)> {
        let mut layers = vec![(vec!["checks"], &self.file.checks)];
        for group in &target.groups {
            if let Some(entry) = self.file.groups.get(group) {
                layers.push((vec!["groups", group, "checks"], &entry.checks));
            }
        }
        if let Some(entry) = self.file.targets.get(&target.name).filter(|_| target.listed) {
            layers.push((vec!["targets", &target.name, "checks"], &entry.checks));
        }
        layers
    }

    /// Every section about a check, whether a target uses it or not, must be right.
    fn hold_against(
        &self,
        catalog: &Catalog,
        document: TomlDocument<'_>,
    ) -> Result<(), SettingsError> {
        let groups = self
            .file
            .groups
            .iter()
            .map(|(name, entry)| (vec!["groups", name, "checks"], &entry.checks));
        let targets = self
            .file
            .targets
            .iter()
            .map(|(name, entry)| (vec!["targets", name, "checks"], &entry.checks));
        let everywhere = std::iter::once((vec!["checks"], &self.file.checks));
        for (path, entries) in everywhere.chain(groups).chain(targets) {
            for (name, entry) in entries {
                let path = [path.as_slice(), &[name.as_str()]].concat();
                let check = match catalog.get(name) {
                    Ok(check) => check,
                    Err(CatalogError::NoSuchCheck { .. }) => {
                        let message = format!(
                            "there is no check \"{name}\"{}",
                            suggestion(name, catalog.names())
                        );
                        return Err(document.mistake(&path, message).into());
                    }
                    Err(error) => return Err(error.into()),
                };
                EffectiveCheck::from_catalog(&check).overlay(&check, entry, document, &path)?;
            }
        }
        Ok(())
    }
}

/// On a command line, and in the definitions of monitoring systems, a name must not look like something else.
fn can_be_named<'n>(
    section: &str,
    mut names: impl Iterator<Item = &'n String>,
    document: TomlDocument<'_>,
) -> Result<(), Mistake> {
    match names.find(|name| name.is_empty() || name.starts_with('-')) {
        None => Ok(()),
        Some(name) => {
            let message =
                "is empty or begins with a dash, so that it cannot be said on a command line";
            Err(document.mistake(&[section, name], message))
        }
    }
}

/// A host may be named for a target that only a command line has; one that is nearly spelled like a target of
/// the file is a mistake.
fn hosts_are_targets(
    receiver: &Receiver,
    file: &File,
    document: TomlDocument<'_>,
) -> Result<(), Mistake> {
    for name in receiver.hosts.keys().filter(|name| !file.targets.contains_key(*name)) {
        let near = suggestion(name, file.targets.keys().map(String::as_str));
        if near.contains("did you mean") {
            let message = format!("there is no target \"{name}\"{near}");
            return Err(document.mistake(&["receivers", &receiver.name, "hosts", name], message));
        }
    }
    Ok(())
}

fn target(
    file: &File,
    document: TomlDocument<'_>,
    defaults: &Target,
    name: &str,
    entry: &TargetEntry,
) -> Result<Target, Mistake> {
    let path = ["targets", name];
    if let Some(group) = entry.groups.iter().find(|group| !file.groups.contains_key(*group)) {
        // A group without checks of its own is a label for a selection, and need not be declared; a
        // group that is nearly spelled like a declared one is a mistake.
        let near = suggestion(group, file.groups.keys().map(String::as_str));
        if near.contains("did you mean") {
            return Err(document.mistake(
                &["targets", name, "groups"],
                format!("there is no group \"{group}\"{near}"),
            ));
        }
    }
    let own = target::keywords(entry, document, &path)?;
    Ok(Target {
        name: name.to_owned(),
        listed: true,
        keywords: defaults.keywords.iter().cloned().chain(own).collect(),
        schema: entry.schema.clone().or_else(|| defaults.schema.clone()),
        groups: entry.groups.clone(),
    })
}
