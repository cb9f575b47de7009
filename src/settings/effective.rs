//! What is said of a check, in layers: catalogue, every target, group, target. A later one wins, key by key.
//!
//! Nothing is read here, and nothing run.

use std::str::FromStr;
use std::time::Duration;

use indexmap::IndexMap;

use super::file::{CheckEntry, LevelsEntry};
use crate::catalog::check::Check;
use crate::catalog::function::{ArgumentValue, ColumnRole, ColumnType};
use crate::catalog::thresholds::Levels;
use crate::catalog::thresholds::ObjectRule;
use crate::catalog::thresholds::Thresholds;
use crate::finding::range::Range;
use crate::text::interval;
use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// How a check is to be run against a target.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectiveCheck {
    /// Whether it is run at all.
    pub enabled: bool,
    /// How often a schedule should run it.
    pub interval: Duration,
    /// The thresholds in force.
    pub thresholds: Thresholds,
    /// A value for each argument, in the order of the check.
    pub arguments: Vec<ArgumentValue>,
}

impl EffectiveCheck {
    /// What the catalogue says.
    pub fn from_catalog(check: &Check) -> EffectiveCheck {
        EffectiveCheck {
            enabled: true,
            interval: check.interval,
            thresholds: check.thresholds.clone(),
            arguments: check.arguments.iter().map(|argument| argument.default.clone()).collect(),
        }
    }

    /// Lays a section of a document over it. `path` is where the section stands.
    pub(super) fn overlay(
        &mut self,
        check: &Check,
        entry: &CheckEntry,
        document: TomlDocument<'_>,
        path: &[&str],
    ) -> Result<(), Mistake> {
        let section = Section { check, document, path };
        self.enabled = entry.enabled.unwrap_or(self.enabled);
        if let Some(text) = &entry.interval {
            self.interval =
                interval::parse(text).map_err(|message| section.mistake(&["interval"], message))?;
        }
        let levels = section.levels(&[], &entry.main(), &entry.thresholds)?;
        lay(&mut self.thresholds.levels, levels);
        for (name, value) in &entry.arguments {
            let position = check.arguments.iter().position(|argument| argument.name == *name);
            let Some(position) = position else {
                let known = check.arguments.iter().map(|argument| argument.name.as_str());
                let message =
                    format!("{} has no argument \"{name}\"{}", check.name, suggestion(name, known));
                return Err(section.mistake(&["arguments", name], message));
            };
            let accepted = check.arguments[position].accept(value);
            self.arguments[position] =
                accepted.map_err(|message| section.mistake(&["arguments", name], message))?;
        }
        for (object, rule) in &entry.objects {
            if !check.columns().any(|column| column.role == ColumnRole::Object) {
                let message =
                    format!("{} is about no objects; none of its columns names one", check.name);
                return Err(section.mistake(&["objects", object], message));
            }
            let levels = section.levels(&["objects", object], &rule.main(), &rule.thresholds)?;
            let known: &mut ObjectRule = self.thresholds.objects.entry(object.clone()).or_default();
            known.disabled = rule.enabled.map_or(known.disabled, |enabled| !enabled);
            lay(&mut known.levels, levels);
        }
        Ok(())
    }
}

/// Lays levels over others, level by level.
pub fn lay(under: &mut IndexMap<String, Levels>, over: IndexMap<String, Levels>) {
    for (column, levels) in over {
        under.entry(column).or_default().override_with(&levels);
    }
}

/// A section of a document that is about a check.
struct Section<'a> {
    check: &'a Check,
    document: TomlDocument<'a>,
    path: &'a [&'a str],
}

impl Section<'_> {
    fn mistake(&self, key: &[&str], message: impl Into<String>) -> Mistake {
        self.document.mistake(&[self.path, key].concat(), message)
    }

    /// The levels of a section or of one object in it.
    fn levels(
        &self,
        within: &[&str],
        main: &LevelsEntry,
        named: &IndexMap<String, LevelsEntry>,
    ) -> Result<IndexMap<String, Levels>, Mistake> {
        let mut found = IndexMap::new();
        if main.warning.is_some() || main.critical.is_some() {
            let key = if main.warning.is_some() { "warning" } else { "critical" };
            let column = self.check.main_metric();
            let column = column.map_err(|message| {
                let message = format!("{message}; write [….thresholds.NAME]");
                self.mistake(&[within, &[key]].concat(), message)
            })?;
            found.insert(column.to_owned(), self.parse(within, main)?);
        }
        for (name, entry) in named {
            let ranged =
                |column: &&crate::catalog::function::Column| column.sql_type != ColumnType::Boolean;
            let path = [within, &["thresholds", name]].concat();
            if !self.check.metrics().filter(ranged).any(|column| column.name == *name) {
                let known = self.check.metrics().filter(ranged).map(|column| column.name.as_str());
                let message = format!(
                    "{} has no metric \"{name}\"{}",
                    self.check.name,
                    suggestion(name, known)
                );
                return Err(self.mistake(&path, message));
            }
            let levels = self.parse(&path, entry)?;
            found.entry(name.clone()).or_insert_with(Levels::default).override_with(&levels);
        }
        Ok(found)
    }

    fn parse(&self, within: &[&str], entry: &LevelsEntry) -> Result<Levels, Mistake> {
        let range = |key: &str, text: Option<&str>| {
            let parsed = text.map(Range::from_str).transpose();
            parsed.map_err(|error| self.mistake(&[within, &[key]].concat(), error.to_string()))
        };
        Ok(Levels {
            warning: range("warning", entry.warning.as_deref())?,
            critical: range("critical", entry.critical.as_deref())?,
        })
    }
}
