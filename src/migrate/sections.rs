//! The section of a check on a target: what its calls set, and whether one section can express them.

use indexmap::IndexMap;

use super::found::FoundTiming;
use crate::catalog::check::Check;
use crate::compat::TranslatedCall;
use crate::text::interval;
use crate::text::toml_text::{key, list, text};

/// The calls of a section that are noted: a section is copied for each of them.
const MOST_SOURCES: usize = 20;

/// The range that never alarms.
const NEVER: &str = "~:";

/// The words for the two ranges of a metric.
const LEVELS: [&str; 2] = ["warning", "critical"];

/// The ranges of metrics.
type SectionRanges = IndexMap<&'static str, [Option<String>; 2]>;

/// What the calls of one check on one target set.
#[derive(Debug, Clone, Default)]
pub(super) struct SectionValues {
    enabled: Option<bool>,
    timing: FoundTiming,
    ranges: SectionRanges,
    /// The ranges of calls that name objects, by the pattern of the object.
    objects: IndexMap<String, SectionRanges>,
    /// The ranges for one object of calls that judge all objects, by its name.
    ranges_of: IndexMap<String, SectionRanges>,
    arguments: IndexMap<&'static str, String>,
    filters: Option<SectionFilters>,
    /// The calls, for the comment: the first ones, and the number of others.
    pub(super) sources: Vec<String>,
    pub(super) more: usize,
}

/// The databases and objects that a call selects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct SectionFilters {
    /// Whether only the objects are judged that the calls name.
    only_named: bool,
    databases: Vec<String>,
    except_databases: Vec<String>,
    except: Vec<String>,
}

/// One setting: its lines belong together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SectionUnit {
    /// The key, or the first part of it.
    pub(super) key: String,
    /// Its lines, relative to the section.
    pub(super) lines: Vec<String>,
}

impl SectionValues {
    /// Adds what a call sets for a check. The error is why the settings cannot express both this call and earlier ones.
    pub(super) fn add(
        &mut self,
        check: &Check,
        call: &TranslatedCall,
        enabled: Option<bool>,
        timing: FoundTiming,
    ) -> Result<(), String> {
        let earlier = self.sources.first().cloned().unwrap_or_default();
        let other =
            |what: &str| format!("{earlier} sets {what}, and a check has one setting on a target");
        let own: Vec<_> = call.ranges.iter().filter(|range| range.check == check.name).collect();
        let mut new = SectionRanges::new();
        for range in own.iter().filter(|range| range.object.is_none()) {
            new.entry(range.metric).or_default()[usize::from(range.critical)] =
                Some(range.range.clone());
        }
        for range in &own {
            let Some(object) = range.object else { continue };
            let mut levels = [None, None];
            levels[usize::from(range.critical)] = Some(range.range.clone());
            let one = SectionRanges::from([(range.metric, levels)]);
            let merged = merged(self.ranges_of.entry(object.to_owned()).or_default(), &one);
            merged.map_err(|what| other(&format!("{what} of the object {object}")))?;
        }
        for pattern in &call.objects {
            let merged = merged(self.objects.entry(pattern.clone()).or_default(), &new);
            merged.map_err(|what| other(&format!("{what} of the object {pattern}")))?;
        }
        if call.objects.is_empty() {
            merged(&mut self.ranges, &new).map_err(|what| other(&what))?;
        }
        for (_, name, value) in call.arguments.iter().filter(|(of, ..)| *of == check.name) {
            match self.arguments.get(name) {
                Some(old) if old != value => return Err(other(&format!("another {name}"))),
                _ => drop(self.arguments.insert(name, value.clone())),
            }
        }
        self.filter(call).map_err(|what| other(&what))?;
        self.enabled = enabled.or(self.enabled);
        if self.enabled.is_none() && !check.by_default {
            self.enabled = Some(true);
        }
        let shorter = |one: Option<_>, two: Option<_>| one.into_iter().chain(two).min();
        self.timing = FoundTiming {
            interval: shorter(self.timing.interval, timing.interval),
            retry: shorter(self.timing.retry, timing.retry),
            attempts: self.timing.attempts.into_iter().chain(timing.attempts).min(),
        };
        Ok(())
    }

    /// Notes a call, once.
    pub(super) fn note(&mut self, source: String) {
        if self.sources.contains(&source) {
            return;
        }
        if self.sources.len() < MOST_SOURCES {
            self.sources.push(source);
        } else {
            self.more += 1;
        }
    }

    fn filter(&mut self, call: &TranslatedCall) -> Result<(), String> {
        let mut new = SectionFilters {
            only_named: !call.objects.is_empty(),
            databases: call.databases.clone(),
            except_databases: call.except_databases.clone(),
            except: call.except.clone(),
        };
        let Some(old) = &mut self.filters else {
            self.filters = Some(new);
            return Ok(());
        };
        // Services for several databases become one.
        let databases = std::mem::take(&mut new.databases);
        let old_databases = std::mem::take(&mut old.databases);
        if *old != new {
            old.databases = old_databases;
            return Err("other databases or objects".to_owned());
        }
        if !databases.is_empty() && !old_databases.is_empty() {
            old.databases = old_databases;
            for database in databases {
                if !old.databases.contains(&database) {
                    old.databases.push(database);
                }
            }
        }
        Ok(())
    }

    /// The settings in the order of the file.
    pub(super) fn units(&self, check: &Check) -> Vec<SectionUnit> {
        let mut units = Vec::new();
        let mut push = |key: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                units.push(SectionUnit { key: key.to_owned(), lines });
            }
        };
        if let Some(enabled) = self.enabled.filter(|enabled| *enabled != check.by_default) {
            push("enabled", vec![format!("enabled = {enabled}")]);
        }
        if let Some(interval) = self.timing.interval.filter(|time| time.as_secs() > 0) {
            push("interval", vec![format!("interval = {}", text(&interval::write(interval)))]);
        }
        if let Some(attempts) = self.timing.attempts.filter(|attempts| (2..=100).contains(attempts))
        {
            let recheck = self.timing.retry.filter(|time| time.as_secs() > 0);
            let recheck = recheck.map(|time| format!("recheck = {}", text(&interval::write(time))));
            push("confirm", [format!("confirm = {attempts}")].into_iter().chain(recheck).collect());
        }
        let filters = self.filters.clone().unwrap_or_default();
        if !filters.databases.is_empty() {
            push("databases", vec![format!("databases = {}", list(&filters.databases))]);
        }
        // Objects with the same ranges need them once.
        let first = self.objects.values().next();
        let is_same = self.objects.values().all(|ranges| Some(ranges) == first);
        let common = if is_same { first.unwrap_or(&self.ranges) } else { &self.ranges };
        for (metric, ranges) in common {
            push(metric, range_lines(check, metric, ranges));
        }
        for (name, value) in &self.arguments {
            push(
                &format!("arguments.{name}"),
                vec![format!("arguments.{} = {}", key(name), argument(check, name, value))],
            );
        }
        let mut lines = filters.lines(check, &self.objects, is_same);
        for (object, ranges) in &self.ranges_of {
            let ranges: Vec<String> = ranges
                .iter()
                .flat_map(|(metric, levels)| range_lines(check, metric, levels))
                .collect();
            lines.push(format!("objects.{} = {{ {} }}", key(object), ranges.join(", ")));
        }
        push("objects", lines);
        units
    }
}

/// Adds ranges to others. The error is what differs.
fn merged(ranges: &mut SectionRanges, new: &SectionRanges) -> Result<(), String> {
    for (metric, levels) in new {
        let old = ranges.entry(metric).or_default();
        for (place, range) in levels.iter().enumerate() {
            match (old[place].as_deref(), range.as_deref()) {
                (_, None) => {}
                (None | Some(NEVER), Some(range)) => old[place] = Some(range.to_owned()),
                (Some(old), Some(range)) if old == range || range == NEVER => {}
                _ => return Err(format!("another {} range of {metric}", LEVELS[place])),
            }
        }
    }
    Ok(())
}

/// The lines of the ranges of a metric, in a section or in an inline table.
fn range_lines(check: &Check, metric: &str, ranges: &[Option<String>; 2]) -> Vec<String> {
    let set = LEVELS.into_iter().zip(ranges);
    let set: Vec<String> = set
        .filter_map(|(level, range)| Some(format!("{level} = {}", text(range.as_ref()?))))
        .collect();
    if check.main_metric().is_ok_and(|main| main == metric) {
        set
    } else {
        vec![format!("thresholds.{} = {{ {} }}", key(metric), set.join(", "))]
    }
}

impl SectionFilters {
    /// The rules in the order in which they count: a later one overrides an earlier one.
    fn lines(
        &self,
        check: &Check,
        objects: &IndexMap<String, SectionRanges>,
        is_same: bool,
    ) -> Vec<String> {
        let rule = |pattern: &str, value: &str| format!("objects.{} = {{ {value} }}", key(pattern));
        let mut lines = Vec::new();
        if self.only_named {
            lines.push(rule("*", "enabled = false"));
        }
        for (pattern, ranges) in objects {
            let ranges = ranges.iter().filter(|_| !is_same);
            let ranges = ranges.flat_map(|(metric, levels)| range_lines(check, metric, levels));
            let values: Vec<String> =
                ["enabled = true".to_owned()].into_iter().chain(ranges).collect();
            lines.push(rule(pattern, &values.join(", ")));
        }
        lines.extend(self.except.iter().map(|pattern| rule(pattern, "enabled = false")));
        if !self.except_databases.is_empty() {
            // A name of one character or more is each name, and another key than the first rule.
            let databases = list(&self.except_databases);
            lines.push(rule("?*", &format!("databases = {databases}, enabled = false")));
        }
        lines
    }
}

/// The value of an argument: a number or a truth value as such, if the argument accepts it.
fn argument(check: &Check, name: &str, value: &str) -> String {
    let typed: Option<toml::Value> = value.parse().ok();
    let known = check.arguments.iter().find(|argument| argument.name == name);
    match (typed, known) {
        (Some(typed), Some(known)) if !typed.is_str() && known.accept(&typed).is_ok() => {
            value.to_owned()
        }
        _ => text(value),
    }
}
