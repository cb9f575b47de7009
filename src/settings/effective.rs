//! The settings of a check for a target: the values that are in force, and where each of them is set.
//!
//! Layers are laid over one another: the catalog, all targets, groups, the target, the command line. A later layer
//! replaces single values of an earlier one. This file reads no document.

use std::collections::BTreeMap;
use std::time::Duration;

use super::source::{
    SettingItem, SettingLayer, SettingSource, SettingWithSource, ThresholdLevel, argument_text,
};
use crate::catalog::Catalog;
use crate::catalog::check::Check;
use crate::catalog::function::{ArgumentValue, Column, ColumnRole, ColumnType};
use crate::catalog::thresholds::{Levels, Thresholds};
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

impl<'c> Overlay<'c> {
    /// The lowest layer: the catalog.
    pub(super) fn from_catalog(check: &'c Check) -> Overlay<'c> {
        let effective = EffectiveCheck {
            enabled: true,
            interval: check.interval,
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

    /// Sets a range of the metric at a position of [`Overlay::metric`], for one object or for all.
    pub(super) fn set_threshold(
        &mut self,
        object: Option<&str>,
        position: usize,
        level: ThresholdLevel,
        range: Range,
        source: SettingSource,
    ) {
        let thresholds = &mut self.effective.thresholds;
        let (levels, item) = match object {
            None => (&mut thresholds.levels, SettingItem::Threshold(position, level)),
            Some(object) => (
                &mut thresholds.objects.entry(object.to_owned()).or_default().levels,
                SettingItem::ObjectThreshold(object.to_owned(), position, level),
            ),
        };
        let metric = metric_name(self.check, position).to_owned();
        *level.range_mut(levels.entry(metric).or_default()) = Some(range);
        self.sources.insert(item, source);
    }

    /// Sets whether findings and metrics of an object are reported.
    pub(super) fn set_object_enabled(
        &mut self,
        object: &str,
        enabled: bool,
        source: SettingSource,
    ) {
        let rule = self.effective.thresholds.objects.entry(object.to_owned()).or_default();
        rule.disabled = !enabled;
        self.sources.insert(SettingItem::Object(object.to_owned()), source);
    }

    /// The position of an argument. The error is the message for the user.
    pub(super) fn argument(&self, name: &str) -> Result<usize, String> {
        let names = || self.check.arguments.iter().map(|argument| argument.name.as_str());
        names().position(|known| known == name).ok_or_else(|| {
            let near = suggestion(name, names());
            format!("{} has no argument \"{name}\"{near}", self.check.name)
        })
    }

    /// The position of a metric that can have thresholds. The error is the message for the user.
    pub(super) fn metric(&self, name: &str) -> Result<usize, String> {
        let position = self.check.metrics().position(|column| column.name == name);
        let is_number = |position: &usize| self.numbers().any(|(number, _)| number == *position);
        position.filter(is_number).ok_or_else(|| {
            let near = suggestion(name, self.numbers().map(|(_, column)| column.name.as_str()));
            let what = if position.is_some() { "threshold for the boolean" } else { "metric" };
            format!("{} has no {what} \"{name}\"{near}", self.check.name)
        })
    }

    /// The metrics that can have thresholds, with their positions.
    fn numbers(&self) -> impl Iterator<Item = (usize, &Column)> {
        let metrics = self.check.metrics().enumerate();
        metrics.filter(|(_, column)| column.sql_type != ColumnType::Boolean)
    }

    /// The position of the metric that a threshold without a name refers to. `advice` is the form with a name.
    pub(super) fn main_metric(&self, advice: &str) -> Result<usize, String> {
        match self.check.main_metric() {
            Ok(name) => self.metric(name),
            Err(message) if self.numbers().count() > 1 => Err(format!("{message}; write {advice}")),
            Err(message) => Err(message),
        }
    }

    /// Whether findings name objects. The error is the message for the user.
    pub(super) fn has_objects(&self) -> Result<(), String> {
        if self.check.columns().any(|column| column.role == ColumnRole::Object) {
            Ok(())
        } else {
            Err(format!("{} has no column with role = \"object\"", self.check.name))
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
            from_catalog(SettingItem::Enabled, &["enabled"]),
            from_catalog(SettingItem::Interval, &["interval"]),
            from_catalog(SettingItem::RowLimit, &["row_limit"]),
        ]);
        all.extend(check.arguments.iter().enumerate().map(|(position, argument)| {
            let key = ["arguments", &argument.name, "default"];
            from_catalog(SettingItem::Argument(position), &key)
        }));
        for (position, column) in check.metrics().enumerate() {
            let levels = check.thresholds.levels.get(&column.name);
            for level in ThresholdLevel::ALL {
                if levels.is_some_and(|levels| level.range(levels).is_some()) {
                    let key = ["thresholds", &column.name, level.name()];
                    all.extend([from_catalog(SettingItem::Threshold(position, level), &key)]);
                }
            }
        }
        all.extend(self.sources.iter().map(|(item, source)| {
            let key: Vec<&str> = source.key.iter().map(String::as_str).collect();
            let place = match source.layer {
                SettingLayer::CommandLine => key.join(" "),
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
        let EffectiveCheck { enabled, interval, row_limit, thresholds, arguments } =
            &self.effective;
        let yes = |enabled: bool| if enabled { "yes" } else { "no" }.to_owned();
        let range = |levels: Levels, level: &ThresholdLevel| {
            level.range(&levels).map_or_else(String::new, ToString::to_string)
        };
        match item {
            SettingItem::Enabled => yes(*enabled),
            SettingItem::Interval => interval::write(*interval),
            SettingItem::RowLimit => row_limit.to_string(),
            SettingItem::Argument(position) => argument_text(&arguments[*position]),
            SettingItem::Threshold(position, level) => {
                range(thresholds.for_object(metric_name(self.check, *position), None), level)
            }
            SettingItem::Object(object) => yes(!thresholds.disables(Some(object))),
            SettingItem::ObjectThreshold(object, position, level) => {
                let metric = metric_name(self.check, *position);
                range(thresholds.for_object(metric, Some(object)), level)
            }
        }
    }
}

/// The name of the metric at a position.
fn metric_name(check: &Check, position: usize) -> &str {
    check.metrics().nth(position).map_or("", |column| column.name.as_str())
}
