//! The settings of a user: targets, receivers and the settings of checks, validated against the catalog.
//!
//! They contain no secret. This room does not connect to a server.

use std::path::Path;
use std::rc::Rc;

use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::catalog::error::CatalogError;
use crate::text::mistake::{Mistake, Mistakes};
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;
use effective::{Contradiction, EffectiveCheck, Overlay};
use error::SettingsError;
use file::{CheckEntry, SettingsFile};
use history::HistorySettings;
use indexmap::{IndexMap, IndexSet};
use maintenance::MaintenanceWindow;
use options::CheckOptions;
use receiver::Receiver;
use section::CheckSection;
use serve::ServeSettings;
use server::ServerSections;
use source::{SettingLayer, SettingWithSource};
use suppression::Suppression;
use target::Target;
use text::SettingsText;
use validate::ValidParts;

pub mod catalog;
pub mod confirmation;
mod digest;
mod documents;
pub mod effective;
pub mod error;
mod file;
pub mod history;
pub mod maintenance;
pub mod options;
pub mod profile;
pub mod receiver;
pub mod review;
mod section;
pub mod serve;
mod server;
pub mod source;
pub mod state;
pub mod suppression;
pub mod target;
pub mod text;
mod validate;

/// The settings of one file, or the defaults where no file was found.
#[derive(Debug, Default)]
pub struct Settings {
    name: String,
    text: String,
    file: SettingsFile,
    targets: Vec<Target>,
    receivers: Vec<Receiver>,
    defaults: Target,
    suppressions: Vec<Rc<Suppression>>,
    server: ServerSections,
}

impl Settings {
    /// Reads a file and validates every name in it against the catalog.
    pub fn read(path: &Path, catalog: &Catalog) -> Result<Settings, SettingsError> {
        Settings::of(&SettingsText::read(path)?, catalog)
    }

    /// Validates every name in a file against the catalog.
    pub fn of(settings: &SettingsText, catalog: &Catalog) -> Result<Settings, SettingsError> {
        Settings::parse(&settings.name(), settings.text.clone(), catalog)
    }

    /// Parses a text and validates it. `name` is the name of the file in messages.
    pub fn parse(name: &str, text: String, catalog: &Catalog) -> Result<Settings, SettingsError> {
        let (settings, mistakes) = Settings::collect(name, text, catalog)?;
        let mut mistakes = mistakes.into_iter();
        match (mistakes.next(), settings) {
            (None, Some(settings)) => Ok(settings),
            (first, _) => {
                let first = first.unwrap_or_default();
                Err(SettingsError::Mistakes { first, more: mistakes.len() })
            }
        }
    }

    /// Parses a text, and returns all mistakes. After a mistake in the syntax the settings are absent.
    pub(super) fn collect(
        name: &str,
        text: String,
        catalog: &Catalog,
    ) -> Result<(Option<Settings>, Vec<Mistake>), SettingsError> {
        let document = TomlDocument { file: name, text: &text };
        let (file, mut mistakes) = document.read_all::<SettingsFile>();
        let Some(file) = file else { return Ok((None, mistakes.sorted())) };
        let mut parts = validate::parts(&file, document, &mut mistakes);
        validate::profiles(&mut parts, &file, document, catalog, &mut mistakes);
        documents::set(&mut parts.targets, &file, document, catalog, &mut mistakes)?;
        let ValidParts { defaults, targets, receivers } = parts;
        let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
        let entries = file.suppressions.iter();
        let suppressions =
            suppression::suppressions(entries, &names, catalog, document, &mut mistakes)?;
        let server = ServerSections::new(&file, &receivers, &targets, document, &mut mistakes);
        let settings = Settings {
            name: name.to_owned(),
            file,
            targets,
            receivers,
            defaults,
            suppressions,
            server,
            text: String::new(),
        };
        settings.validate_checks(catalog, document, &mut mistakes)?;
        Ok((Some(Settings { text, ..settings }), mistakes.sorted()))
    }

    /// All targets, in the order of the file.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The target of a command line without a target's name: the defaults.
    pub fn defaults(&self) -> &Target {
        &self.defaults
    }

    /// The targets with these names; without names, all targets.
    pub fn targets_named(&self, names: &[String]) -> Result<Vec<&Target>, SettingsError> {
        match names {
            [] => Ok(self.targets().iter().collect()),
            names => names.iter().map(|name| self.target(name)).collect(),
        }
    }

    /// The targets that these names of targets and groups select; without names, all targets.
    pub fn targets_selected(&self, names: &[String]) -> Result<Vec<Target>, SettingsError> {
        let matches =
            |target: &Target, name: &String| target.name == *name || target.groups.contains(name);
        for name in names {
            if !self.targets.iter().any(|target| matches(target, name)) {
                // It fails with the most similar name.
                self.target(name)?;
            }
        }
        let is_selected =
            |target: &&Target| names.is_empty() || names.iter().any(|name| matches(target, name));
        Ok(self.targets.iter().filter(is_selected).cloned().collect())
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
                } else if self.names_of_targets().any(|known| known == name) {
                    "; it is a group: name one of its targets".to_owned()
                } else {
                    suggestion(name, self.names_of_targets())
                },
            }
        })
    }

    /// The names of targets, then those of groups with targets.
    pub fn names_of_targets(&self) -> impl Iterator<Item = &str> {
        let groups = self.targets.iter().flat_map(|target| &target.groups);
        let groups: IndexSet<&str> = groups.map(String::as_str).collect();
        self.targets.iter().map(|target| target.name.as_str()).chain(groups)
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
            suggestion: suggestion(name, self.receivers.iter().map(|one| one.name.as_str())),
        })
    }

    /// The suppressions that are for a target. A server of a command line has no name of a target.
    pub fn suppressions(&self, target: &Target) -> Vec<Rc<Suppression>> {
        let name = if target.listed { target.name.as_str() } else { "" };
        self.suppressions.iter().filter(|one| one.is_for(name)).map(Rc::clone).collect()
    }

    /// The section `[serve]`.
    pub fn serve(&self) -> &ServeSettings {
        &self.server.serve
    }

    /// The section `[history]`.
    pub fn history(&self) -> &HistorySettings {
        &self.server.history
    }

    /// The names of the files with the settings, as messages name them, and their SHA-256.
    pub fn digests(&self) -> Vec<(String, String)> {
        digest::of(self.document(), &self.targets)
    }

    /// The maintenance windows of a target.
    pub fn maintenance(&self, target: &Target) -> Vec<MaintenanceWindow> {
        let windows = self.server.maintenance.iter();
        windows.filter(|window| window.is_for(&target.name, &target.groups)).cloned().collect()
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

    /// The checks with the databases that the settings for all targets set.
    pub fn with_databases(&self, mut checks: Vec<Check>) -> Result<Vec<Check>, SettingsError> {
        for check in &mut checks {
            check.databases = self.effective(check, &self.defaults)?.databases;
        }
        Ok(checks)
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

    /// File and line of a key; absent where the key is not written.
    pub fn place(&self, key: &[&str]) -> Option<String> {
        Some(format!("{}:{}", self.name, self.document().line_of(key)?))
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
        let mut mistakes = Mistakes::default();
        let overlay = self.overlay_in(self.document(), check, target, &mut mistakes);
        mistakes.0.into_iter().next().map_or(Ok(overlay), Err)
    }

    fn overlay_in<'c>(
        &self,
        document: TomlDocument<'_>,
        check: &'c Check,
        target: &Target,
        mistakes: &mut Mistakes,
    ) -> Overlay<'c> {
        let mut overlay = Overlay::from_catalog(check);
        if let Some(profile) = &target.profile {
            profile.lay_over(&mut overlay, mistakes);
        }
        for (path, layer, entries) in self.layers(target) {
            for name in std::iter::once(&check.name).chain(&check.was) {
                if let Some(entry) = entries.get(name) {
                    let path = [&path[..], &[name.as_str()]].concat();
                    let layer = layer.clone();
                    CheckSection { document, path, layer, entry }.lay_over(&mut overlay, mistakes);
                }
            }
        }
        overlay
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
        mistakes: &mut Mistakes,
    ) -> Result<(), SettingsError> {
        let mut checks = IndexMap::<&str, Check>::new();
        for (path, entries) in self.sections() {
            for (name, entry) in entries {
                let path = [&path[..], &[name.as_str()]].concat();
                let check = match checks.get(name.as_str()) {
                    Some(check) => check,
                    None => match catalog.get(name) {
                        Ok(check) => checks.entry(name).or_insert(check),
                        // The check may be in a folder that was not read.
                        Err(CatalogError::NoSuchCheck { .. }) if catalog.is_partial() => continue,
                        Err(CatalogError::NoSuchCheck { .. }) => {
                            let near = suggestion(name, catalog.names());
                            let message = format!("check \"{name}\" does not exist{near}");
                            mistakes.push(document.mistake(&path, message));
                            continue;
                        }
                        Err(error) => return Err(error.into()),
                    },
                };
                let layer = SettingLayer::AllTargets;
                CheckSection { document, path, layer, entry }
                    .lay_over(&mut Overlay::from_catalog(check), mistakes);
            }
        }
        // Ranges of different layers meet on a target, or on a server that only a command line names.
        let unlisted = Target::default();
        for target in self.targets.iter().chain([&unlisted]) {
            for check in checks.values() {
                // Mistakes in the sections are reported already.
                let overlay = self.overlay_in(document, check, target, &mut Mistakes::default());
                for found in overlay.contradictions() {
                    mistakes.push(contradiction(document, check, &found));
                }
            }
        }
        Ok(())
    }

    /// All sections about checks, with their paths.
    fn sections(&self) -> impl Iterator<Item = (Vec<&str>, &IndexMap<String, CheckEntry>)> {
        let groups = self.file.groups.iter();
        let groups = groups.map(|(name, entry)| (vec!["groups", name, "checks"], &entry.checks));
        let targets = self.file.targets.iter();
        let targets = targets.map(|(name, entry)| (vec!["targets", name, "checks"], &entry.checks));
        std::iter::once((vec!["checks"], &self.file.checks)).chain(groups).chain(targets)
    }
}

/// The mistake of two ranges that contradict each other, at the key of the higher layer.
fn contradiction(document: TomlDocument<'_>, check: &Check, found: &Contradiction) -> Mistake {
    let path: Vec<&str> = found.source.key.iter().map(String::as_str).collect();
    let (level, other) = &found.other;
    let level = level.name();
    let place = match other {
        // Both are in one section.
        Some(other) if other.key[..other.key.len() - 1] == path[..path.len() - 1] => String::new(),
        Some(other) => {
            let key: Vec<&str> = other.key.iter().map(String::as_str).collect();
            let line = document.line_of(&key).unwrap_or_default();
            format!("; {level} is set in line {line}: change one of them")
        }
        None => format!("; {level} is the default of {}: set it too", check.name),
    };
    document.mistake(&path, format!("{}{place}", found.message))
}

/// The path of sections about checks, their layer, and the sections by the name of the check.
type CheckSections<'a> = (Vec<&'a str>, SettingLayer, &'a IndexMap<String, CheckEntry>);
