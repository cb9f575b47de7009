//! The settings of a user: targets, receivers and the settings of checks, validated against the catalog.
//!
//! They contain no secret. This room does not connect to a server.

use std::fs;
use std::path::Path;

use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::catalog::error::CatalogError;
use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;
use effective::{EffectiveCheck, Overlay};
use error::SettingsError;
use file::{CheckEntry, SettingsFile, TargetEntry};
use indexmap::IndexMap;
use options::CheckOptions;
use receiver::Receiver;
use receiver::validate::receiver;
use section::CheckSection;
use source::{SettingLayer, SettingWithSource};
use target::Target;

pub mod catalog;
pub mod effective;
pub mod error;
mod file;
pub mod options;
pub mod receiver;
mod section;
pub mod source;
pub mod target;

/// The settings of one file, or the defaults where no file was found.
#[derive(Debug, Default)]
pub struct Settings {
    name: String,
    text: String,
    file: SettingsFile,
    targets: Vec<Target>,
    receivers: Vec<Receiver>,
    defaults: Target,
}

impl Settings {
    /// Reads a file and validates every name in it against the catalog.
    pub fn read(path: &Path, catalog: &Catalog) -> Result<Settings, SettingsError> {
        let text = fs::read_to_string(path)
            .map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
        Settings::parse(&path.display().to_string(), text, catalog)
    }

    /// Parses a text and validates it. `name` is the name of the file in messages.
    pub fn parse(name: &str, text: String, catalog: &Catalog) -> Result<Settings, SettingsError> {
        let document = TomlDocument { file: name, text: &text };
        let file: SettingsFile = document.read()?;
        for (key, absent, section) in [
            ("groups", file.defaults.groups.is_empty(), "targets"),
            ("checks", file.defaults.checks.is_empty(), "checks"),
        ] {
            if !absent {
                let message = format!("not allowed in [defaults]; put it under [{section}.NAME]");
                return Err(document.mistake(&["defaults", key], message).into());
            }
        }
        catalog::policy(&file.catalog, document)?;
        names_are_usable("targets", file.targets.keys(), document)?;
        names_are_usable("groups", file.groups.keys(), document)?;
        names_are_usable("receivers", file.receivers.keys(), document)?;
        let base = target::keywords(&file.defaults, document, &["defaults"])?;
        let defaults = Target {
            keywords: base.clone(),
            schema: file.defaults.schema.clone(),
            replicated_checks: file.defaults.replicated_checks,
            no_answer: target::no_answer(&file.defaults, document, &["defaults"])?,
            ..Target::default()
        };
        let targets = file
            .targets
            .iter()
            .map(|(name, entry)| target(&file, document, &defaults, name, entry))
            .collect::<Result<Vec<Target>, Mistake>>()?;
        let receivers = file.receivers.iter();
        let receivers = receivers
            .map(|(name, entry)| receiver(name, entry, document))
            .collect::<Result<Vec<Receiver>, Mistake>>()?;
        for receiver in &receivers {
            hosts_are_targets(receiver, &file, document)?;
        }
        let name = name.to_owned();
        let settings = Settings { name, file, targets, receivers, defaults, text: String::new() };
        settings.validate_checks(catalog, document)?;
        Ok(Settings { text, ..settings })
    }

    /// All targets, in the order of the file.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The target of a command line without a target's name: the defaults.
    pub fn defaults(&self) -> &Target {
        &self.defaults
    }

    /// The target with this name.
    pub fn target(&self, name: &str) -> Result<&Target, SettingsError> {
        self.targets.iter().find(|target| target.name == name).ok_or_else(|| {
            SettingsError::NoSuchTarget {
                name: name.to_owned(),
                file: if self.name.is_empty() {
                    "the settings (posemo.toml was not found)".to_owned()
                } else {
                    self.name.clone()
                },
                suggestion: if self.targets.is_empty() {
                    "; for a server that is not in posemo.toml use -H HOST".to_owned()
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

    /// The receiver with this name.
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

    /// The values that are in force for a check on a target.
    pub fn effective(
        &self,
        check: &Check,
        target: &Target,
    ) -> Result<EffectiveCheck, SettingsError> {
        self.effective_with(check, target, &CheckOptions::default())
    }

    /// The values that are in force where options of a command have priority.
    pub fn effective_with(
        &self,
        check: &Check,
        target: &Target,
        options: &CheckOptions<'_>,
    ) -> Result<EffectiveCheck, SettingsError> {
        let mut overlay = self.overlay(check, target)?;
        options.lay_over(&mut overlay)?;
        Ok(overlay.into_effective())
    }

    /// The values that are in force for a check on a target, each with its source.
    pub fn with_sources(
        &self,
        catalog: &Catalog,
        check: &Check,
        target: &Target,
    ) -> Result<Vec<SettingWithSource>, SettingsError> {
        Ok(self.overlay(check, target)?.with_sources(catalog, self.document()))
    }

    /// The name of the file in messages; empty where no file was found.
    pub fn file(&self) -> &str {
        &self.name
    }

    fn document(&self) -> TomlDocument<'_> {
        TomlDocument { file: &self.name, text: &self.text }
    }

    /// The layers of a check on a target.
    fn overlay<'c>(&self, check: &'c Check, target: &Target) -> Result<Overlay<'c>, Mistake> {
        let mut overlay = Overlay::from_catalog(check);
        for (path, layer, entries) in self.layers(target) {
            for name in std::iter::once(&check.name).chain(&check.was) {
                if let Some(entry) = entries.get(name) {
                    let path = [&path[..], &[name.as_str()]].concat();
                    let (document, layer) = (self.document(), layer.clone());
                    CheckSection { document, path, layer, entry }.lay_over(&mut overlay)?;
                }
            }
        }
        Ok(overlay)
    }

    /// The sections about checks that apply to a target, in order of rising priority.
    fn layers<'a>(&'a self, target: &'a Target) -> Vec<CheckSections<'a>> {
        let file = &self.file;
        let mut layers = vec![(vec!["checks"], SettingLayer::AllTargets, &file.checks)];
        for group in &target.groups {
            if let Some(entry) = file.groups.get(group) {
                let layer = SettingLayer::Group(group.clone());
                layers.push((vec!["groups", group, "checks"], layer, &entry.checks));
            }
        }
        if let Some(entry) = file.targets.get(&target.name).filter(|_| target.listed) {
            let layer = SettingLayer::Target(target.name.clone());
            layers.push((vec!["targets", &target.name, "checks"], layer, &entry.checks));
        }
        layers
    }

    /// Validates every section about a check, also those that apply to no target.
    fn validate_checks(
        &self,
        catalog: &Catalog,
        document: TomlDocument<'_>,
    ) -> Result<(), SettingsError> {
        let groups = self.file.groups.iter();
        let groups = groups.map(|(name, entry)| (vec!["groups", name, "checks"], &entry.checks));
        let targets = self.file.targets.iter();
        let targets = targets.map(|(name, entry)| (vec!["targets", name, "checks"], &entry.checks));
        let all = std::iter::once((vec!["checks"], &self.file.checks));
        for (path, entries) in all.chain(groups).chain(targets) {
            for (name, entry) in entries {
                let path = [&path[..], &[name.as_str()]].concat();
                let check = match catalog.get(name) {
                    Ok(check) => check,
                    Err(CatalogError::NoSuchCheck { .. }) => {
                        let near = suggestion(name, catalog.names());
                        let message = format!("check \"{name}\" does not exist{near}");
                        return Err(document.mistake(&path, message).into());
                    }
                    Err(error) => return Err(error.into()),
                };
                let section =
                    CheckSection { document, path, layer: SettingLayer::AllTargets, entry };
                section.lay_over(&mut Overlay::from_catalog(&check))?;
            }
        }
        Ok(())
    }
}

/// The path of sections about checks, their layer, and the sections by the name of the check.
type CheckSections<'a> = (Vec<&'a str>, SettingLayer, &'a IndexMap<String, CheckEntry>);

/// Command lines and the configuration of monitoring systems contain the names. There a name must not look like an
/// option.
fn names_are_usable<'n>(
    section: &str,
    mut names: impl Iterator<Item = &'n String>,
    document: TomlDocument<'_>,
) -> Result<(), Mistake> {
    match names.find(|name| name.is_empty() || name.starts_with('-')) {
        None => Ok(()),
        Some(name) => {
            let message = "a name must not be empty or begin with a dash, which begins an option of a command";
            Err(document.mistake(&[section, name], message))
        }
    }
}

/// A host may be given for a target that only a command line names. A name that is similar to a target of the file
/// is a mistake.
fn hosts_are_targets(
    receiver: &Receiver,
    file: &SettingsFile,
    document: TomlDocument<'_>,
) -> Result<(), Mistake> {
    for name in receiver.hosts.keys().filter(|name| !file.targets.contains_key(*name)) {
        let near = suggestion(name, file.targets.keys().map(String::as_str));
        if near.contains("did you mean") {
            let message = format!("target \"{name}\" does not exist{near}");
            return Err(document.mistake(&["receivers", &receiver.name, "hosts", name], message));
        }
    }
    Ok(())
}

/// The target of a section.
fn target(
    file: &SettingsFile,
    document: TomlDocument<'_>,
    defaults: &Target,
    name: &str,
    entry: &TargetEntry,
) -> Result<Target, Mistake> {
    let path = ["targets", name];
    if let Some(group) = entry.groups.iter().find(|group| !file.groups.contains_key(*group)) {
        // A group without its own settings only selects targets, and needs no section. A name that is similar to a
        // group with a section is a mistake.
        let near = suggestion(group, file.groups.keys().map(String::as_str));
        if near.contains("did you mean") {
            return Err(document.mistake(
                &["targets", name, "groups"],
                format!("group \"{group}\" does not exist{near}"),
            ));
        }
    }
    let own = target::keywords(entry, document, &path)?;
    Ok(Target {
        name: name.to_owned(),
        listed: true,
        keywords: defaults.keywords.iter().cloned().chain(own).collect(),
        schema: entry.schema.clone().or_else(|| defaults.schema.clone()),
        replicated_checks: entry.replicated_checks.or(defaults.replicated_checks),
        no_answer: target::no_answer(entry, document, &path)?.or(defaults.no_answer),
        groups: entry.groups.clone(),
    })
}
