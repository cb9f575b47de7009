//! Validates the sections of targets, groups and receivers, and the names that they refer to.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use super::catalog::policy;
use super::error::SettingsError;
use super::file::{SettingsFile, TargetEntry};
use super::profile::Profile;
use super::receiver::Receiver;
use super::receiver::validate::receiver;
use super::target::{self, Target};
use crate::catalog::Catalog;
use crate::catalog::databases::DatabaseList;
use crate::text::causes::one_line;
use crate::text::mistake::Mistakes;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// The parts of a file that do not depend on the catalog.
pub(super) struct ValidParts {
    pub(super) defaults: Target,
    pub(super) targets: Vec<Target>,
    pub(super) receivers: Vec<Receiver>,
}

/// Validates a file. Mistakes are added, and the values of their keys are left out.
pub(super) fn parts(
    file: &SettingsFile,
    document: TomlDocument<'_>,
    mistakes: &mut Mistakes,
) -> ValidParts {
    for (key, absent, section) in [
        ("groups", file.defaults.groups.is_empty(), "targets"),
        ("checks", file.defaults.checks.is_empty(), "checks"),
        ("documents", file.defaults.documents.is_empty(), "targets"),
    ] {
        if !absent {
            let message = format!("not allowed in [defaults]; put it under [{section}.NAME]");
            mistakes.push(document.mistake(&["defaults", key], message));
        }
    }
    mistakes.keep(policy(&file.catalog, document));
    names_are_usable("targets", file.targets.keys(), document, mistakes);
    names_are_usable("groups", file.groups.keys(), document, mistakes);
    names_are_usable("receivers", file.receivers.keys(), document, mistakes);
    names_are_usable("maintenance", file.maintenance.keys(), document, mistakes);
    names_are_usable("suppressions", file.suppressions.keys(), document, mistakes);
    let defaults = Target {
        keywords: target::keywords(&file.defaults, document, &["defaults"], mistakes),
        schema: file.defaults.schema.clone(),
        databases: file.defaults.databases.as_deref().map(DatabaseList::new),
        replicated_checks: file.defaults.replicated_checks,
        no_answer: target::no_answer(&file.defaults, document, &["defaults"], mistakes),
        ..Target::default()
    };
    let section = |(name, entry): (&String, &TargetEntry)| {
        groups_are_known(file, document, name, entry, mistakes);
        let own = target::keywords(entry, document, &["targets", name], mistakes);
        Target {
            name: name.to_owned(),
            listed: true,
            keywords: defaults.keywords.iter().cloned().chain(own).collect(),
            databases: entry
                .databases
                .as_deref()
                .map(DatabaseList::new)
                .or_else(|| defaults.databases.clone()),
            schema: entry.schema.clone().or_else(|| defaults.schema.clone()),
            replicated_checks: entry.replicated_checks.or(defaults.replicated_checks),
            no_answer: target::no_answer(entry, document, &["targets", name], mistakes)
                .or(defaults.no_answer),
            groups: entry.groups.clone(),
            profile: None,
            documents: Vec::new(),
        }
    };
    let targets = file.targets.iter().map(section).collect();
    let entries = file.receivers.iter();
    let receivers: Vec<Receiver> =
        entries.filter_map(|(name, entry)| receiver(name, entry, document, mistakes)).collect();
    for receiver in &receivers {
        hosts_are_targets(receiver, file, document, mistakes);
    }
    ValidParts { defaults, targets, receivers }
}

/// Reads the profiles that targets name. A relative path begins at the folder of the settings.
pub(super) fn profiles(
    parts: &mut ValidParts,
    file: &SettingsFile,
    document: TomlDocument<'_>,
    catalog: &Catalog,
    mistakes: &mut Mistakes,
) {
    let folder = Path::new(document.file).parent().unwrap_or(Path::new(""));
    // Targets with the same profile share it.
    let mut read = BTreeMap::<String, Option<Rc<Profile>>>::new();
    let mut find = |path: &[&str], entry: &TargetEntry| {
        let name = entry.profile.as_deref()?;
        if let Some(profile) = read.get(name) {
            return Some(profile.clone());
        }
        let found = Profile::find(name, folder, catalog);
        let mistake = |error: SettingsError| document.mistake(path, one_line(&error));
        let profile = mistakes.keep(found.map_err(mistake))?;
        read.insert(name.to_owned(), profile.clone());
        Some(profile)
    };
    let default = find(&["defaults", "profile"], &file.defaults);
    parts.defaults.profile = default.clone().flatten();
    for target in &mut parts.targets {
        let path = ["targets", &target.name, "profile"];
        let own = file.targets.get(&target.name).and_then(|entry| find(&path, entry));
        target.profile = own.or_else(|| default.clone()).flatten();
    }
}

/// Command lines and the configuration of monitoring systems contain the names. There a name must not look like an
/// option.
fn names_are_usable<'n>(
    section: &str,
    names: impl Iterator<Item = &'n String>,
    document: TomlDocument<'_>,
    mistakes: &mut Mistakes,
) {
    for name in names.filter(|name| name.is_empty() || name.starts_with('-')) {
        let message =
            "a name must not be empty or begin with a dash, which begins an option of a command";
        mistakes.push(document.mistake(&[section, name], message));
    }
}

/// A group without its own settings only selects targets, and needs no section. A name that is similar to a group with
/// a section is a mistake.
fn groups_are_known(
    file: &SettingsFile,
    document: TomlDocument<'_>,
    target: &str,
    entry: &TargetEntry,
    mistakes: &mut Mistakes,
) {
    for group in entry.groups.iter().filter(|group| !file.groups.contains_key(*group)) {
        let near = suggestion(group, file.groups.keys().map(String::as_str));
        if near.contains("did you mean") {
            let message = format!("group \"{group}\" does not exist{near}");
            mistakes.push(document.mistake(&["targets", target, "groups"], message));
        }
    }
}

/// A host may be given for a target that only a command line names. A name that is similar to a target of the file
/// is a mistake.
fn hosts_are_targets(
    receiver: &Receiver,
    file: &SettingsFile,
    document: TomlDocument<'_>,
    mistakes: &mut Mistakes,
) {
    // A section with a mistake is not in the file that was read.
    let exists = |name: &String| document.line_of(&["targets", name]).is_some();
    for name in receiver.hosts.keys().filter(|name| !exists(name)) {
        let near = suggestion(name, file.targets.keys().map(String::as_str));
        if near.contains("did you mean") {
            let message = format!("target \"{name}\" does not exist{near}");
            let path = ["receivers", &receiver.name, "hosts", name];
            mistakes.push(document.mistake(&path, message));
        }
    }
}
