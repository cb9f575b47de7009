//! Lays a section about a check over the layers below it. A mistake is reported with file, line and key.

use std::str::FromStr;

use indexmap::IndexMap;
use toml::Value;

use super::effective::Overlay;
use super::file::{CheckEntry, RangeEntry};
use super::source::{SettingLayer, SettingSource, ThresholdLevel};
use crate::catalog::check::MOST_ROWS;
use crate::finding::range::Range;
use crate::text::interval;
use crate::text::mistake::Mistake;
use crate::text::toml::TomlDocument;

/// A section `[….checks.NAME]`.
pub(super) struct CheckSection<'a> {
    pub(super) document: TomlDocument<'a>,
    pub(super) path: Vec<&'a str>,
    pub(super) layer: SettingLayer,
    pub(super) entry: &'a CheckEntry,
}

impl CheckSection<'_> {
    /// Sets each value of the section in the overlay.
    pub(super) fn lay_over(&self, overlay: &mut Overlay<'_>) -> Result<(), Mistake> {
        let entry = self.entry;
        if let Some(enabled) = entry.enabled {
            overlay.set_enabled(enabled, self.source(&["enabled"]));
        }
        if let Some(text) = &entry.interval {
            let key = ["interval"];
            overlay.set_interval(self.valid(&key, interval::parse(text))?, self.source(&key));
        }
        if let Some(limit) = entry.row_limit {
            let key = ["row_limit"];
            let bounds = 1..=MOST_ROWS;
            let problem = || format!("must be between 1 and {MOST_ROWS}");
            let limit = Some(limit).filter(|limit| bounds.contains(limit)).ok_or_else(problem);
            overlay.set_row_limit(self.valid(&key, limit)?, self.source(&key));
        }
        self.ranges(overlay, None, &entry.main(), &entry.thresholds)?;
        for (name, value) in &entry.arguments {
            self.argument(overlay, name, value)?;
        }
        for (object, entry) in &entry.objects {
            self.valid(&["objects", object], overlay.has_objects())?;
            self.ranges(overlay, Some(object), &entry.main(), &entry.thresholds)?;
            if let Some(enabled) = entry.enabled {
                let source = self.source(&["objects", object, "enabled"]);
                overlay.set_object_enabled(object, enabled, source);
            }
        }
        Ok(())
    }

    fn argument(
        &self,
        overlay: &mut Overlay<'_>,
        name: &str,
        value: &Value,
    ) -> Result<(), Mistake> {
        let key = ["arguments", name];
        let position = self.valid(&key, overlay.argument(name))?;
        let value = self.valid(&key, overlay.check.arguments[position].accept(value))?;
        overlay.set_argument(position, value, self.source(&key));
        Ok(())
    }

    /// Ranges of the main metric, then ranges of metrics by name, which have priority.
    fn ranges(
        &self,
        overlay: &mut Overlay<'_>,
        object: Option<&str>,
        main: &RangeEntry,
        named: &IndexMap<String, RangeEntry>,
    ) -> Result<(), Mistake> {
        let within: Vec<&str> = object.into_iter().flat_map(|object| ["objects", object]).collect();
        if let Some(level) =
            ThresholdLevel::ALL.into_iter().find(|level| main.get(*level).is_some())
        {
            let position = overlay.main_metric("[….thresholds.METRIC]");
            let position = self.valid(&[&within[..], &[level.name()]].concat(), position)?;
            self.levels(overlay, object, position, main, &within)?;
        }
        for (name, entry) in named {
            let key = [&within[..], &["thresholds", name]].concat();
            let position = self.valid(&key, overlay.metric(name))?;
            self.levels(overlay, object, position, entry, &key)?;
        }
        Ok(())
    }

    fn levels(
        &self,
        overlay: &mut Overlay<'_>,
        object: Option<&str>,
        position: usize,
        entry: &RangeEntry,
        within: &[&str],
    ) -> Result<(), Mistake> {
        for level in ThresholdLevel::ALL {
            let Some(text) = entry.get(level) else { continue };
            let key = [within, &[level.name()]].concat();
            let range = Range::from_str(text).map_err(|error| error.to_string());
            let range = self.valid(&key, range)?;
            overlay.set_threshold(object, position, level, range, self.source(&key));
        }
        Ok(())
    }

    fn valid<T>(&self, key: &[&str], result: Result<T, String>) -> Result<T, Mistake> {
        result.map_err(|message| self.document.mistake(&[&self.path[..], key].concat(), message))
    }

    fn source(&self, key: &[&str]) -> SettingSource {
        let key = self.path.iter().chain(key).map(|part| (*part).to_owned()).collect();
        SettingSource { layer: self.layer.clone(), key }
    }
}
