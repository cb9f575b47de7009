//! What is in force for a check, value by value, and who said so last: the layers of `effective` once more, for reading.
//!
//! Runs do without it. That both come to the same is tested.

use std::collections::BTreeMap;
use std::fmt;

use super::Settings;
use super::file::{CheckEntry, LevelsEntry};
use super::target::Target;
use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::catalog::function::ArgumentValue;
use crate::catalog::thresholds::Levels;
use crate::text::interval;
use crate::text::toml::TomlDocument;

/// Something that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Said {
    /// What it is about.
    pub item: Item,
    /// Its value, as it is written in settings.
    pub value: String,
    /// In which layer it was said.
    pub layer: Layer,
    /// File and line, if it was said in a file.
    pub place: Option<String>,
}

/// What can be said of a check, in the order in which it is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// Whether it is run.
    Enabled,
    /// How often a schedule should run it.
    Interval,
    /// An argument, by its position.
    Argument(usize),
    /// A level of a metric: the metric by its position, and whether it is the critical one.
    Level(usize, bool),
    /// Whether an object is looked at.
    Object(String),
    /// A level of a metric of one object.
    ObjectLevel(String, usize, bool),
}

/// Who says something; a later one wins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Layer {
    /// Nobody.
    Default,
    /// The manifest.
    Catalogue,
    /// The settings, for every target.
    Everywhere,
    /// The settings, for a group of targets.
    Group(String),
    /// The settings, for a target.
    Target(String),
}

impl fmt::Display for Layer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Layer::Default => out.write_str("default"),
            Layer::Catalogue => out.write_str("catalogue"),
            Layer::Everywhere => out.write_str("every target"),
            Layer::Group(name) => write!(out, "group {name}"),
            Layer::Target(name) => write!(out, "target {name}"),
        }
    }
}

impl Settings {
    /// Everything that is in force for a check on a target, with its origin.
    pub fn origins(&self, catalog: &Catalog, check: &Check, target: &Target) -> Vec<Said> {
        let mut said = BTreeMap::new();
        for one in of_catalogue(catalog, check) {
            said.insert(one.item.clone(), one);
        }
        let document = TomlDocument { file: &self.name, text: &self.text };
        for (path, entries) in self.layers(target) {
            let layer = match path[..] {
                ["groups", name, ..] => Layer::Group(name.to_owned()),
                ["targets", name, ..] => Layer::Target(name.to_owned()),
                _ => Layer::Everywhere,
            };
            for name in std::iter::once(&check.name).chain(&check.was) {
                let Some(entry) = entries.get(name) else { continue };
                for (item, value, key) in statements(check, entry) {
                    let key: Vec<&str> =
                        path.iter().copied().chain([name.as_str()]).chain(key).collect();
                    let line = document.line_of(&key).unwrap_or_default();
                    let place = Some(format!("{}:{line}", self.name));
                    said.insert(item.clone(), Said { item, value, layer: layer.clone(), place });
                }
            }
        }
        said.into_values().collect()
    }

    /// How the settings are called in messages; empty, if there are none.
    pub fn file(&self) -> &str {
        &self.name
    }
}

/// A value out of an argument or a default.
pub fn written(value: &ArgumentValue) -> String {
    match value {
        ArgumentValue::Text(text) => format!("{text:?}"),
        ArgumentValue::Boolean(truth) => truth.to_string(),
        ArgumentValue::Integer(number) => number.to_string(),
        ArgumentValue::Double(number) => number.to_string(),
    }
}

fn of_catalogue(catalog: &Catalog, check: &Check) -> Vec<Said> {
    let said = |item: Item, value: String, key: &[&str]| {
        let line = catalog.line_of(&check.name, key);
        let layer = if line.is_some() { Layer::Catalogue } else { Layer::Default };
        let place = line.map(|line| format!("{}/check.toml:{line}", check.place));
        Said { item, value, layer, place }
    };
    let mut all = vec![
        said(Item::Enabled, "yes".to_owned(), &["enabled"]),
        said(Item::Interval, interval::write(check.interval), &["interval"]),
    ];
    for (position, argument) in check.arguments.iter().enumerate() {
        let key = ["arguments", &argument.name, "default"];
        all.push(said(Item::Argument(position), written(&argument.default), &key));
    }
    for (name, levels) in &check.thresholds.levels {
        for (critical, word, range) in of_levels(levels) {
            let item = Item::Level(metric(check, name), critical);
            all.push(said(item, range, &["thresholds", name, word]));
        }
    }
    all
}

/// What a section says: item, value, and where in the section.
fn statements<'e>(check: &'e Check, entry: &'e CheckEntry) -> Vec<(Item, String, Vec<&'e str>)> {
    let mut all = Vec::new();
    if let Some(enabled) = entry.enabled {
        all.push((Item::Enabled, yes(enabled), vec!["enabled"]));
    }
    if let Some(span) = &entry.interval {
        let value = interval::parse(span).map_or_else(|_| span.clone(), interval::write);
        all.push((Item::Interval, value, vec!["interval"]));
    }
    for (name, value) in &entry.arguments {
        let found = check.arguments.iter().enumerate().find(|(_, known)| known.name == *name);
        if let Some((position, argument)) = found {
            let value =
                argument.accept(value).map_or_else(|_| value.to_string(), |ok| written(&ok));
            all.push((Item::Argument(position), value, vec!["arguments", name]));
        }
    }
    for (position, critical, range, key) in levels(check, &entry.main(), &entry.thresholds) {
        all.push((Item::Level(position, critical), range, key));
    }
    for (object, rule) in &entry.objects {
        let within = |key: Vec<&'e str>| [vec!["objects", object.as_str()], key].concat();
        if let Some(enabled) = rule.enabled {
            all.push((Item::Object(object.clone()), yes(enabled), within(vec!["enabled"])));
        }
        for (position, critical, range, key) in levels(check, &rule.main(), &rule.thresholds) {
            let item = Item::ObjectLevel(object.clone(), position, critical);
            all.push((item, range, within(key)));
        }
    }
    all
}

/// The levels of a section: those of the main metric, then those of a metric by its name, which win.
fn levels<'e>(
    check: &Check,
    main: &LevelsEntry,
    named: &'e indexmap::IndexMap<String, LevelsEntry>,
) -> Vec<(usize, bool, String, Vec<&'e str>)> {
    let mut all = Vec::new();
    if let Ok(name) = check.main_metric() {
        for (critical, word, range) in of_entry(main) {
            all.push((metric(check, name), critical, range, vec![word]));
        }
    }
    for (name, entry) in named {
        for (critical, word, range) in of_entry(entry) {
            all.push((metric(check, name), critical, range, vec!["thresholds", name, word]));
        }
    }
    all
}

fn of_entry(entry: &LevelsEntry) -> impl Iterator<Item = (bool, &'static str, String)> {
    let both = [(false, "warning", &entry.warning), (true, "critical", &entry.critical)];
    both.map(|(critical, word, range)| Some((critical, word, range.clone()?))).into_iter().flatten()
}

fn of_levels(levels: &Levels) -> impl Iterator<Item = (bool, &'static str, String)> {
    let both = [(false, "warning", &levels.warning), (true, "critical", &levels.critical)];
    both.map(|(critical, word, range)| Some((critical, word, range.as_ref()?.to_string())))
        .into_iter()
        .flatten()
}

/// The position of a metric, which is there, as the settings were held against the catalogue.
fn metric(check: &Check, name: &str) -> usize {
    check.metrics().position(|column| column.name == name).unwrap_or_default()
}

fn yes(enabled: bool) -> String {
    if enabled { "yes" } else { "no" }.to_owned()
}
