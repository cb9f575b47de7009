//! The settings of a check for a target: the values that are in force, and where each of them is set.
//!
//! Layers are laid over one another: the catalog, all targets, groups, the target, the command line. A later layer
//! replaces single values of an earlier one. This file reads no document.

use std::collections::BTreeMap;
use std::time::Duration;

use super::confirmation::Confirmation;
use super::source::measure::{Measure, numbers, rule_name, set_window};
use super::source::{
    SettingItem, SettingLayer, SettingSource, SettingWithSource, ThresholdLevel, argument_text,
};
use crate::catalog::Catalog;
use crate::catalog::check::{Check, Scope, ScriptDatabases};
use crate::catalog::databases::DatabaseList;
use crate::catalog::function::{ArgumentValue, ColumnRole};
use crate::catalog::thresholds::{Levels, ObjectRule, Thresholds};
use crate::finding::metric::Unit;
use crate::finding::quantity::range_in;
use crate::finding::range::Range;
use crate::text::interval;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// The values that are in force for a check on a target.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectiveCheck {
    /// Whether runs include the check.
    pub enabled: bool,
    /// The interval of its service in a monitoring system.
    pub interval: Duration,
    /// How long a problem must last before a monitoring system alarms.
    pub hold: Option<Duration>,
    /// How many runs a state needs until it counts.
    pub confirmation: Confirmation,
    /// The databases in which it runs.
    pub databases: DatabaseList,
    /// The number of rows that are judged.
    pub row_limit: u32,
    /// Its thresholds.
    pub thresholds: Thresholds,
    /// The value of each argument, in the order of the check.
    pub arguments: Vec<ArgumentValue>,
}

/// The settings of a check, layer over layer. Each value that a layer sets is recorded with its source.
#[derive(Debug)]
pub(super) struct Overlay<'c> {
    pub(super) check: &'c Check,
    effective: EffectiveCheck,
    sources: BTreeMap<SettingItem, SettingSource>,
}

/// Two ranges of which one makes the other useless.
#[derive(Debug)]
pub(super) struct Contradiction {
    /// What is wrong.
    pub(super) message: String,
    /// What sets the range of the higher layer.
    pub(super) source: SettingSource,
    /// The other level and what sets its range; absent for the check's own.
    pub(super) other: (ThresholdLevel, Option<SettingSource>),
}

impl<'c> Overlay<'c> {
    /// The lowest layer: the catalog.
    pub(super) fn from_catalog(check: &'c Check) -> Overlay<'c> {
        let effective = EffectiveCheck {
            enabled: check.by_default,
            interval: check.interval,
            hold: check.hold,
            confirmation: Confirmation::default(),
            databases: check.databases.clone(),
            row_limit: check.row_limit,
            thresholds: check.thresholds.clone(),
            arguments: check.arguments.iter().map(|argument| argument.default.clone()).collect(),
        };
        Overlay { check, effective, sources: BTreeMap::new() }
    }

    pub(super) fn set_enabled(&mut self, enabled: bool, source: SettingSource) {
        self.effective.enabled = enabled;
        self.sources.insert(SettingItem::Enabled, source);
    }

    pub(super) fn set_interval(&mut self, interval: Duration, source: SettingSource) {
        self.effective.interval = interval;
        self.sources.insert(SettingItem::Interval, source);
    }

    pub(super) fn set_hold(&mut self, hold: Duration, source: SettingSource) {
        self.effective.hold = Some(hold);
        self.sources.insert(SettingItem::Hold, source);
    }

    /// Changes the confirmation: `item` is the value that `change` sets.
    pub(super) fn set_confirmation(
        &mut self,
        item: SettingItem,
        source: SettingSource,
        change: impl FnOnce(&mut Confirmation),
    ) {
        change(&mut self.effective.confirmation);
        self.sources.insert(item, source);
    }

    pub(super) fn set_databases(&mut self, databases: DatabaseList, source: SettingSource) {
        self.effective.databases = databases;
        self.sources.insert(SettingItem::Databases, source);
    }

    pub(super) fn set_row_limit(&mut self, limit: u32, source: SettingSource) {
        self.effective.row_limit = limit;
        self.sources.insert(SettingItem::RowLimit, source);
    }

    /// Sets the argument at a position of [`Overlay::argument`].
    pub(super) fn set_argument(
        &mut self,
        position: usize,
        value: ArgumentValue,
        source: SettingSource,
    ) {
        self.effective.arguments[position] = value;
        self.sources.insert(SettingItem::Argument(position), source);
    }

    /// Sets a range for all objects.
    pub(super) fn set_threshold(
        &mut self,
        measure: Measure,
        level: ThresholdLevel,
        range: Range,
        source: SettingSource,
    ) {
        let levels = measure.levels_mut(self.check, &mut self.effective.thresholds);
        *level.range_mut(levels) = Some(range);
        self.sources.insert(SettingItem::Threshold(measure, level), source);
    }

    /// Sets the window of a rate. The error is the message for the user.
    pub(super) fn set_window(
        &mut self,
        measure: Measure,
        window: Duration,
        source: SettingSource,
    ) -> Result<(), String> {
        set_window(self.check, measure, &mut self.effective.thresholds, window)?;
        self.sources.insert(SettingItem::Window(measure), source);
        Ok(())
    }

    /// Adds a rule for objects, with the source of each of its values.
    pub(super) fn add_rule(
        &mut self,
        rule: ObjectRule,
        sources: Vec<(SettingItem, SettingSource)>,
    ) {
        self.effective.thresholds.add(rule);
        self.sources.extend(sources);
    }

    /// Parses a range. The error is the message for the user.
    pub(super) fn range(&self, measure: Measure, text: &str) -> Result<Range, String> {
        let unit = measure.column(self.check).map_or(Unit::None, |column| column.unit);
        range_in(unit, text).map_err(|error| error.to_string())
    }

    /// Ranges that contradict each other, where the settings set one of them.
    pub(super) fn contradictions(&self) -> Vec<Contradiction> {
        let thresholds = &self.effective.thresholds;
        let mut found = Vec::new();
        for measure in Measure::all(self.check, thresholds) {
            let general = measure.levels(self.check, thresholds);
            let items = ThresholdLevel::ALL.map(|level| SettingItem::Threshold(measure, level));
            found.extend(self.contradiction(&general, [[&items[0]], [&items[1]]]));
            let of_rule = |rule: &ObjectRule| measure.of_rule(self.check, rule);
            for rule in thresholds.objects.iter().filter(|rule| of_rule(rule).is_some()) {
                let name = rule_name(rule);
                let same = thresholds.objects.iter().filter(|other| rule_name(other) == name);
                let mut levels = general.clone();
                same.filter_map(of_rule).for_each(|own| levels.override_with(&own));
                let own = ThresholdLevel::ALL
                    .map(|level| SettingItem::ObjectThreshold(name.clone(), measure, level));
                found.extend(
                    self.contradiction(&levels, [[&own[0], &items[0]], [&own[1], &items[1]]]),
                );
            }
        }
        found
    }

    /// The contradiction between two ranges. For both, the items that can set it are given, the nearest first.
    fn contradiction<const N: usize>(
        &self,
        levels: &Levels,
        items: [[&SettingItem; N]; 2],
    ) -> Option<Contradiction> {
        let message = levels.contradiction()?;
        let source = |items: [&SettingItem; N]| {
            items.into_iter().find_map(|item| self.sources.get(item)).cloned()
        };
        let (warning, critical) = (source(items[0]), source(items[1]));
        let rank = |source: &Option<SettingSource>| source.as_ref().map(SettingSource::rank);
        let (later, level, other) = if rank(&critical) >= rank(&warning) {
            (critical, ThresholdLevel::Warning, warning)
        } else {
            (warning, ThresholdLevel::Critical, critical)
        };
        Some(Contradiction { message, source: later?, other: (level, other) })
    }

    /// The position of an argument. The error is the message for the user.
    pub(super) fn argument(&self, name: &str) -> Result<usize, String> {
        let names = || self.check.arguments.iter().map(|argument| argument.name.as_str());
        let position = names().position(|known| known == name).ok_or_else(|| {
            let near = suggestion(name, names());
            format!("{} has no argument \"{name}\"{near}", self.check.name)
        })?;
        match self.check.arguments[position].measured {
            None => Ok(position),
            Some(_) => Err(format!(
                "posemo measures the argument \"{name}\" of {} in each call; remove it",
                self.check.name
            )),
        }
    }

    /// What a name in settings means. The error is the message for the user.
    pub(super) fn measure(&self, name: &str) -> Result<Measure, String> {
        Measure::parse(self.check, name)
    }

    /// The metric that a threshold without a name refers to. `advice` is the form with a name.
    pub(super) fn main_metric(&self, advice: &str) -> Result<Measure, String> {
        match self.check.main_metric() {
            Ok(name) => self.measure(name),
            Err(message) if numbers(self.check).count() > 1 => {
                Err(format!("{message}; write {advice}"))
            }
            Err(message) => Err(message),
        }
    }

    /// Whether objects are in databases. The error is the message for the user.
    pub(super) fn has_databases(&self) -> Result<(), String> {
        let together =
            self.check.script.is_some() && self.check.script_databases == ScriptDatabases::Together;
        if self.check.has_query_of(Scope::Database) && !together {
            return Ok(());
        }
        let reason =
            if together { "judges all databases together" } else { "runs once for the server" };
        Err(format!(
            "{} {reason}, so its objects have no database; remove this key",
            self.check.name
        ))
    }

    /// Whether findings name objects. The error is the message for the user.
    pub(super) fn has_objects(&self) -> Result<(), String> {
        if self.check.columns().any(|column| column.role == ColumnRole::Object) {
            Ok(())
        } else {
            Err(format!("{} has no column with role = \"object\"", self.check.name))
        }
    }

    /// Whether the check runs in databases. The error is the message for the user.
    pub(super) fn runs_in_databases(&self) -> Result<(), String> {
        if self.check.has_query_of(Scope::Database) {
            Ok(())
        } else {
            Err(format!("{} runs once for the server, not in databases", self.check.name))
        }
    }

    /// The values that are in force.
    pub(super) fn into_effective(self) -> EffectiveCheck {
        self.effective
    }

    /// The values that are in force, each with its source. `settings` is the document of the upper layers.
    pub(super) fn with_sources(
        &self,
        catalog: &Catalog,
        settings: TomlDocument<'_>,
    ) -> Vec<SettingWithSource> {
        let check = self.check;
        let from_catalog = |item: SettingItem, key: &[&str]| {
            let line = catalog.line_of(&check.name, key);
            let layer = if line.is_some() { SettingLayer::Catalog } else { SettingLayer::Default };
            let place = line.map(|line| format!("{}/check.toml:{line}", check.place));
            (item, (layer, place))
        };
        let mut all = BTreeMap::from([
            from_catalog(SettingItem::Enabled, &["by_default"]),
            from_catalog(SettingItem::Interval, &["interval"]),
            from_catalog(SettingItem::RowLimit, &["row_limit"]),
        ]);
        if check.hold.is_some() {
            all.extend([from_catalog(SettingItem::Hold, &["hold"])]);
        }
        if !check.databases.is_all() {
            all.extend([from_catalog(SettingItem::Databases, &["databases"])]);
        }
        all.extend(check.arguments.iter().enumerate().map(|(position, argument)| {
            let key = ["arguments", &argument.name, "default"];
            from_catalog(SettingItem::Argument(position), &key)
        }));
        for (position, column) in check.metrics().enumerate() {
            let levels = check.thresholds.levels.get(&column.name);
            for level in ThresholdLevel::ALL {
                if levels.is_some_and(|levels| level.range(levels).is_some()) {
                    let key = ["thresholds", &column.name, level.name()];
                    let item = SettingItem::Threshold(Measure::Value(position), level);
                    all.extend([from_catalog(item, &key)]);
                }
            }
        }
        for rate in Measure::rates(check, &self.effective.thresholds) {
            all.insert(SettingItem::Window(rate), (SettingLayer::Default, None));
        }
        all.extend(self.sources.iter().map(|(item, source)| {
            let key: Vec<&str> = source.key.iter().map(String::as_str).collect();
            let place = match (&source.place, &source.layer) {
                (Some(place), _) => place.clone(),
                (None, SettingLayer::CommandLine) => key.join(" "),
                _ => format!("{}:{}", settings.file, settings.line_of(&key).unwrap_or_default()),
            };
            (item.clone(), (source.layer.clone(), Some(place)))
        }));
        let all = all.into_iter().map(|(item, (layer, place))| {
            let value = self.written(&item);
            SettingWithSource { item, value, layer, place }
        });
        all.collect()
    }

    /// The value of an item, as settings write it.
    fn written(&self, item: &SettingItem) -> String {
        let EffectiveCheck { enabled, interval, hold, databases, row_limit, .. } = &self.effective;
        let EffectiveCheck { confirmation, thresholds, arguments, .. } = &self.effective;
        let yes = |enabled: bool| if enabled { "yes" } else { "no" }.to_owned();
        let range = |levels: &Levels, level: &ThresholdLevel| {
            level.range(levels).map_or_else(String::new, |range| range.written().to_owned())
        };
        let rules = |name: &str| {
            let name = name.to_owned();
            thresholds.objects.iter().rev().filter(move |rule| rule_name(rule) == name)
        };
        match item {
            SettingItem::Enabled => yes(*enabled),
            SettingItem::Interval => interval::write(*interval),
            SettingItem::Hold => hold.map_or_else(String::new, interval::write),
            SettingItem::Confirm => confirmation.confirm.to_string(),
            SettingItem::Release => confirmation.release.to_string(),
            SettingItem::Recheck => interval::write(confirmation.recheck),
            SettingItem::Databases => databases.to_string(),
            SettingItem::RowLimit => row_limit.to_string(),
            SettingItem::Argument(position) => argument_text(&arguments[*position]),
            SettingItem::Threshold(measure, level) => {
                range(&measure.levels(self.check, thresholds), level)
            }
            SettingItem::Window(measure) => measure
                .rate(self.check)
                .map_or_else(String::new, |rate| interval::write(thresholds.window(&rate))),
            SettingItem::Object(name) => {
                yes(rules(name).find_map(|rule| rule.enabled).unwrap_or(true))
            }
            SettingItem::ObjectThreshold(name, measure, level) => {
                let levels = rules(name).filter_map(|rule| measure.of_rule(self.check, rule));
                let own = levels.into_iter().find(|one| level.range(one).is_some());
                range(&own.unwrap_or_default(), level)
            }
        }
    }
}
