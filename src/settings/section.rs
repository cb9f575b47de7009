//! Lays a section about a check over the layers below it. Each mistake is reported with file, line and key.

use indexmap::IndexMap;
use toml::Value;

use super::effective::Overlay;
use super::file::{CheckEntry, ObjectEntry, RangeEntry};
use super::source::measure::{Measure, rule_name};
use super::source::{SettingItem, SettingLayer, SettingSource, ThresholdLevel};
use crate::catalog::check::MOST_ROWS;
use crate::catalog::databases::DatabaseList;
use crate::catalog::rate::valid_window;
use crate::catalog::thresholds::ObjectRule;
use crate::finding::range::Range;
use crate::text::interval;
use crate::text::mistake::Mistakes;
use crate::text::pattern::NamePattern;
use crate::text::toml::{TomlDocument, dotted};

/// The limit for `confirm` and `release`.
const MOST_RUNS: u32 = 100;

/// A section `[….checks.NAME]`.
pub(super) struct CheckSection<'a> {
    pub(super) document: TomlDocument<'a>,
    pub(super) path: Vec<&'a str>,
    pub(super) layer: SettingLayer,
    pub(super) entry: &'a CheckEntry,
}

/// A range of a section: what it compares, its level, the range and its key.
type SectionRange<'a> = (Measure, ThresholdLevel, Range, Vec<&'a str>);

impl<'a> CheckSection<'a> {
    /// Sets each value of the section in the overlay.
    pub(super) fn lay_over(&self, overlay: &mut Overlay<'_>, mistakes: &mut Mistakes) {
        let entry = self.entry;
        if let Some(enabled) = entry.enabled {
            overlay.set_enabled(enabled, self.source(&["enabled"]));
        }
        if let Some(text) = &entry.interval {
            let key = ["interval"];
            if let Some(interval) = self.valid(&key, interval::parse(text), mistakes) {
                overlay.set_interval(interval, self.source(&key));
            }
        }
        if let Some(text) = &entry.hold {
            let key = ["hold"];
            if let Some(hold) = self.valid(&key, interval::parse(text), mistakes) {
                overlay.set_hold(hold, self.source(&key));
            }
        }
        for (key, item, runs) in [
            ("confirm", SettingItem::Confirm, entry.confirm),
            ("release", SettingItem::Release, entry.release),
        ] {
            let Some(runs) = runs else { continue };
            let within = (1..=MOST_RUNS).contains(&runs).then_some(runs);
            let valid = within.ok_or_else(|| format!("must be between 1 and {MOST_RUNS}"));
            if let Some(runs) = self.valid(&[key], valid, mistakes) {
                let source = self.source(&[key]);
                overlay.set_confirmation(item.clone(), source, |confirmation| match item {
                    SettingItem::Confirm => confirmation.confirm = runs,
                    _ => confirmation.release = runs,
                });
            }
        }
        if let Some(text) = &entry.recheck {
            let key = ["recheck"];
            if let Some(recheck) = self.valid(&key, interval::parse(text), mistakes) {
                let source = self.source(&key);
                overlay.set_confirmation(SettingItem::Recheck, source, |confirmation| {
                    confirmation.recheck = recheck;
                });
            }
        }
        if let Some(names) = &entry.databases {
            let key = ["databases"];
            let list = overlay.runs_in_databases().and_then(|()| DatabaseList::of_check(names));
            if let Some(list) = self.valid(&key, list, mistakes) {
                overlay.set_databases(list, self.source(&key));
            }
        }
        if let Some(limit) = entry.row_limit {
            let key = ["row_limit"];
            let bounds = 1..=MOST_ROWS;
            let problem = || format!("must be between 1 and {MOST_ROWS}");
            let limit = Some(limit).filter(|limit| bounds.contains(limit)).ok_or_else(problem);
            if let Some(limit) = self.valid(&key, limit, mistakes) {
                overlay.set_row_limit(limit, self.source(&key));
            }
        }
        for (measure, level, range, key) in
            self.ranges(overlay, &[], &entry.main(), &entry.thresholds, mistakes)
        {
            overlay.set_threshold(measure, level, range, self.source(&key));
        }
        for (name, entry) in &entry.thresholds {
            self.window(overlay, name, entry, mistakes);
        }
        for (name, value) in &entry.arguments {
            self.argument(overlay, name, value, mistakes);
        }
        for (objects, entry) in &entry.objects {
            self.rule(overlay, objects, entry, mistakes);
        }
    }

    fn argument(
        &self,
        overlay: &mut Overlay<'_>,
        name: &str,
        value: &Value,
        mistakes: &mut Mistakes,
    ) {
        let key = ["arguments", name];
        let Some(position) = self.valid(&key, overlay.argument(name), mistakes) else { return };
        let value = overlay.check.arguments[position].accept(value);
        if let Some(value) = self.valid(&key, value, mistakes) {
            overlay.set_argument(position, value, self.source(&key));
        }
    }

    /// The rule of a section about objects.
    fn rule(
        &self,
        overlay: &mut Overlay<'_>,
        objects: &'a str,
        entry: &'a ObjectEntry,
        mistakes: &mut Mistakes,
    ) {
        let key = ["objects", objects];
        if self.valid(&key, overlay.has_objects(), mistakes).is_none() {
            return;
        }
        let databases = [&key[..], &["databases"]].concat();
        if !entry.databases.is_empty() {
            self.valid(&databases, overlay.has_databases(), mistakes);
        }
        let mut rule = ObjectRule {
            objects: NamePattern::new(objects),
            databases: entry.databases.iter().map(|name| NamePattern::new(name)).collect(),
            enabled: entry.enabled,
            levels: IndexMap::new(),
            rates: IndexMap::new(),
            key: dotted(self.path.iter().chain(&key).copied()),
        };
        let name = rule_name(&rule);
        let mut sources = Vec::new();
        if entry.enabled.is_some() {
            let key = [&key[..], &["enabled"]].concat();
            sources.push((SettingItem::Object(name.clone()), self.source(&key)));
        }
        for (measure, level, range, key) in
            self.ranges(overlay, &key, &entry.main(), &entry.thresholds, mistakes)
        {
            let levels = measure.of_rule_mut(overlay.check, &mut rule);
            *level.range_mut(levels) = Some(range);
            let item = SettingItem::ObjectThreshold(name.clone(), measure, level);
            sources.push((item, self.source(&key)));
        }
        for (metric, _) in entry.thresholds.iter().filter(|(_, entry)| entry.window.is_some()) {
            let key = [&key[..], &["thresholds", metric, "window"]].concat();
            let problem = "is the same for all objects; set it in the section of the check";
            self.valid::<()>(&key, Err(problem.to_owned()), mistakes);
        }
        overlay.add_rule(rule, sources);
    }

    /// The window of a rate.
    fn window(
        &self,
        overlay: &mut Overlay<'_>,
        name: &str,
        entry: &RangeEntry,
        mistakes: &mut Mistakes,
    ) {
        let key = ["thresholds", name, "window"];
        let Some(text) = &entry.window else { return };
        // A name that is wrong is reported with its ranges.
        let Ok(measure) = overlay.measure(name) else { return };
        let window = interval::parse(text).and_then(valid_window);
        let source = self.source(&key);
        let set = window.and_then(|window| overlay.set_window(measure, window, source));
        self.valid(&key, set, mistakes);
    }

    /// Ranges of the main metric, then ranges of metrics by name, which have priority.
    fn ranges<'k>(
        &self,
        overlay: &Overlay<'_>,
        within: &[&'k str],
        main: &RangeEntry,
        named: &'k IndexMap<String, RangeEntry>,
        mistakes: &mut Mistakes,
    ) -> Vec<SectionRange<'k>> {
        let mut ranges = Vec::new();
        let mut first = ThresholdLevel::ALL.into_iter().filter(|level| main.get(*level).is_some());
        if let Some(level) = first.next() {
            let measure = overlay.main_metric("[….thresholds.METRIC]");
            let key = [within, &[level.name()]].concat();
            if let Some(measure) = self.valid(&key, measure, mistakes) {
                ranges.extend(self.levels(overlay, measure, main, within, mistakes));
            }
        }
        for (name, entry) in named {
            let key = [within, &["thresholds", name]].concat();
            if let Some(measure) = self.valid(&key, overlay.measure(name), mistakes) {
                ranges.extend(self.levels(overlay, measure, entry, &key, mistakes));
            }
        }
        ranges
    }

    fn levels<'k>(
        &self,
        overlay: &Overlay<'_>,
        measure: Measure,
        entry: &RangeEntry,
        within: &[&'k str],
        mistakes: &mut Mistakes,
    ) -> Vec<SectionRange<'k>> {
        let range = |level: ThresholdLevel| {
            let key = [within, &[level.name()]].concat();
            let range = overlay.range(measure, entry.get(level)?);
            Some((measure, level, self.valid(&key, range, mistakes)?, key))
        };
        ThresholdLevel::ALL.into_iter().filter_map(range).collect()
    }

    fn valid<T>(
        &self,
        key: &[&str],
        result: Result<T, String>,
        mistakes: &mut Mistakes,
    ) -> Option<T> {
        let mistake = |message| self.document.mistake(&[&self.path[..], key].concat(), message);
        mistakes.keep(result.map_err(mistake))
    }

    fn source(&self, key: &[&str]) -> SettingSource {
        let key: Vec<&str> = self.path.iter().chain(key).copied().collect();
        let place = matches!(self.layer, SettingLayer::Profile(_)).then(|| {
            let line = self.document.line_of(&key).unwrap_or_default();
            format!("{}:{line}", self.document.file)
        });
        let key = key.into_iter().map(str::to_owned).collect();
        SettingSource { layer: self.layer.clone(), key, place }
    }
}
