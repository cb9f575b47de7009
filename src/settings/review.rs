//! Reviews a settings file: all mistakes, and what is valid but has no effect.

use indexmap::IndexSet;
use jiff::Timestamp;

use super::Settings;
use super::error::SettingsError;
use super::file::{CheckEntry, ObjectEntry};
use super::text::SettingsText;
use crate::catalog::Catalog;
use crate::text::mistake::{Mistake, Mistakes};
use crate::text::toml::TomlDocument;

/// The result of reviewing a settings file.
#[derive(Debug)]
pub struct SettingsReview {
    /// The settings; absent after a mistake in the syntax.
    pub settings: Option<Settings>,
    /// What every command refuses, by line.
    pub mistakes: Vec<Mistake>,
    /// What has no effect, by line.
    pub remarks: Vec<Mistake>,
}

/// Reviews a file. It fails only if a check of the catalog cannot be read.
pub fn review(settings: &SettingsText, catalog: &Catalog) -> Result<SettingsReview, SettingsError> {
    let name = settings.name();
    let (parsed, mistakes) = Settings::collect(&name, settings.text.clone(), catalog)?;
    let document = TomlDocument { file: &name, text: &settings.text };
    let mut remarks = Mistakes::default();
    if let Some(parsed) = &parsed {
        groups(parsed, document, &mut remarks);
        cleartext(parsed, document, &mut remarks);
        suppressions(parsed, document, &mut remarks);
        for (path, entries) in parsed.sections() {
            for (name, entry) in entries {
                let path = [&path[..], &[name.as_str()]].concat();
                check(entry, document, &path, &mut remarks);
            }
        }
    }
    Ok(SettingsReview { settings: parsed, mistakes, remarks: remarks.sorted() })
}

/// Groups without targets, and groups that a target names twice.
fn groups(settings: &Settings, document: TomlDocument<'_>, remarks: &mut Mistakes) {
    let used: IndexSet<&String> =
        settings.targets.iter().flat_map(|target| &target.groups).collect();
    for group in settings.file.groups.keys().filter(|group| !used.contains(group)) {
        let others = used.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        let others = match others.as_str() {
            "" => String::new(),
            others => format!("; the groups of targets are {others}"),
        };
        let message = format!(
            "no target is in this group, so it has no effect: write groups = [{group:?}] in the section of a target{others}"
        );
        remarks.push(document.mistake(&["groups", group], message));
    }
    for target in &settings.targets {
        let different: IndexSet<&String> = target.groups.iter().collect();
        if different.len() < target.groups.len() {
            let path = ["targets", &target.name, "groups"];
            remarks.push(document.mistake(&path, "contains a group twice"));
        }
    }
}

/// The permission to send a password in clear text, where TLS is always used.
fn cleartext(settings: &Settings, document: TomlDocument<'_>, remarks: &mut Mistakes) {
    for target in &settings.targets {
        let value = |key: &str| {
            target
                .keywords
                .iter()
                .rev()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value.as_str())
        };
        let encrypted = matches!(value("sslmode"), Some("require" | "verify-ca" | "verify-full"));
        let path = ["targets", &target.name, "allow_cleartext"];
        if encrypted && value("allow_cleartext") == Some("on") && document.line_of(&path).is_some()
        {
            let message = "has no effect: with this sslmode the connection always uses TLS";
            remarks.push(document.mistake(&path, message));
        }
    }
}

/// Suppressions that have ended.
fn suppressions(settings: &Settings, document: TomlDocument<'_>, remarks: &mut Mistakes) {
    for one in settings.suppressions.iter().filter(|one| one.has_ended(Timestamp::now())) {
        let path = ["suppressions", &one.name, "until"];
        remarks.push(document.mistake(&path, "has no effect: the suppression has ended"));
    }
}

/// A section about a check that sets nothing.
fn check(entry: &CheckEntry, document: TomlDocument<'_>, path: &[&str], remarks: &mut Mistakes) {
    if *entry == CheckEntry::default() {
        remarks.push(document.mistake(path, "has no effect: the section sets nothing"));
    }
    for (objects, rule) in &entry.objects {
        let nothing = ObjectEntry { databases: rule.databases.clone(), ..ObjectEntry::default() };
        if *rule == nothing {
            let path = [path, &["objects", objects]].concat();
            let message = "has no effect: set enabled, warning, critical or thresholds";
            remarks.push(document.mistake(&path, message));
        }
    }
}
