//! The thresholds of a check: ranges for each metric and each rate, and rules for objects.
//!
//! `evaluate` compares values with them.

use std::collections::BTreeSet;
use std::time::Duration;

use indexmap::IndexMap;

use super::rate::RateName;
use crate::finding::range::Range;
use crate::text::pattern::NamePattern;

/// The two ranges of a metric.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Levels {
    /// The range for the state Warning.
    pub warning: Option<Range>,
    /// The range for the state Critical. It is compared first.
    pub critical: Option<Range>,
}

/// The settings for the objects whose names match a pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectRule {
    /// The names of the objects.
    pub objects: NamePattern,
    /// The databases of the objects; empty for all.
    pub databases: Vec<NamePattern>,
    /// Whether findings and metrics of the objects are reported, if the rule determines it.
    pub enabled: Option<bool>,
    /// Ranges by column. A range that is absent here is that of earlier rules, or of all objects.
    pub levels: IndexMap<String, Levels>,
    /// Ranges by rate.
    pub rates: IndexMap<RateName, Levels>,
    /// The key that sets it, as messages name it.
    pub key: String,
}

/// An object in a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObjectName<'a> {
    /// The database; absent for an object of the whole server.
    pub database: Option<&'a str>,
    /// The name in findings.
    pub name: Option<&'a str>,
}

/// The thresholds of a check: ranges by column, and rules for objects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Thresholds {
    /// Ranges by column.
    pub levels: IndexMap<String, Levels>,
    /// Ranges by rate. Only `posemo serve` compares with them.
    pub rates: IndexMap<RateName, Levels>,
    /// The windows of rates that have another one than the usual.
    pub windows: IndexMap<RateName, Duration>,
    /// Rules in the order of rising priority: rules with a pattern, then rules with a name.
    pub objects: Vec<ObjectRule>,
}

/// Thresholds on a rate that `check.toml` suggests. They are in force only where settings contain them.
#[derive(Debug, Clone, PartialEq)]
pub struct SuggestedRate {
    /// The rate.
    pub rate: RateName,
    /// The window.
    pub window: Option<Duration>,
    /// The ranges.
    pub levels: Levels,
}

impl ObjectRule {
    /// Whether the rule is about an object.
    pub fn matches(&self, object: ObjectName<'_>) -> bool {
        object.name.is_some_and(|name| self.objects.matches(name)) && self.is_in(object.database)
    }

    /// Whether the rule is about objects of a database.
    pub fn is_in(&self, database: Option<&str>) -> bool {
        let is_here = |name| self.databases.iter().any(|pattern| pattern.matches(name));
        self.databases.is_empty() || database.is_some_and(is_here)
    }
}

impl Thresholds {
    /// The ranges of a column for an object.
    pub fn for_object(&self, column: &str, object: ObjectName<'_>) -> Levels {
        let mut levels = self.levels.get(column).cloned().unwrap_or_default();
        for own in self.rules(object).filter_map(|rule| rule.levels.get(column)) {
            levels.override_with(own);
        }
        levels
    }

    /// The ranges of a rate for an object.
    pub fn rate_for_object(&self, rate: &RateName, object: ObjectName<'_>) -> Levels {
        let mut levels = self.rates.get(rate).cloned().unwrap_or_default();
        for own in self.rules(object).filter_map(|rule| rule.rates.get(rate)) {
            levels.override_with(own);
        }
        levels
    }

    /// The rates with a range for all objects or some.
    pub fn rate_names(&self) -> BTreeSet<&RateName> {
        self.rates.keys().chain(self.objects.iter().flat_map(|rule| rule.rates.keys())).collect()
    }

    /// The window of a rate.
    pub fn window(&self, rate: &RateName) -> Duration {
        self.windows.get(rate).copied().unwrap_or_else(|| rate.per.window())
    }

    /// Whether the findings and metrics of an object are dropped.
    pub fn disables(&self, object: ObjectName<'_>) -> bool {
        self.rules(object).filter_map(|rule| rule.enabled).last() == Some(false)
    }

    /// Adds a rule. Rules with a name follow rules with a pattern.
    pub fn add(&mut self, rule: ObjectRule) {
        let is_name = |rule: &ObjectRule| rule.objects.exact().is_some();
        let end = self.objects.len();
        let first_name = self.objects.iter().position(is_name).unwrap_or(end);
        self.objects.insert(if is_name(&rule) { end } else { first_name }, rule);
    }

    fn rules<'a>(&'a self, object: ObjectName<'a>) -> impl Iterator<Item = &'a ObjectRule> {
        self.objects.iter().filter(move |rule| rule.matches(object))
    }
}

impl Levels {
    /// Takes each range that `other` sets.
    pub fn override_with(&mut self, other: &Levels) {
        if other.warning.is_some() {
            self.warning.clone_from(&other.warning);
        }
        if other.critical.is_some() {
            self.critical.clone_from(&other.critical);
        }
    }

    /// Why the two ranges contradict each other, if they do.
    pub fn contradiction(&self) -> Option<String> {
        let (warning, critical) = (self.warning.as_ref()?, self.critical.as_ref()?);
        let (is_ordered, has_ok) = match (warning.inside(), critical.inside()) {
            (false, false) => (
                // A range without a start begins at 0, which is not a threshold.
                (warning.end().is_infinite() || warning.end() <= critical.end())
                    && (warning.start().is_infinite()
                        || warning.start() == 0.0
                        || critical.start() <= warning.start()),
                critical.start() <= warning.end() && warning.start() <= critical.end(),
            ),
            (true, true) => {
                let covered =
                    critical.start() <= warning.start() && warning.end() <= critical.end();
                let equal = (warning.start(), warning.end()) == (critical.start(), critical.end());
                (!covered || equal, true)
            }
            (true, false) => {
                (critical.start() <= warning.end() && warning.start() <= critical.end(), true)
            }
            (false, true) => (true, true),
        };
        let ranges = format!("warning {} and critical {}", warning.written(), critical.written());
        if !has_ok {
            return Some(format!("with {ranges} no value is OK"));
        }
        let wrong = format!(
            "{ranges} are in the wrong order: a value becomes CRITICAL without being WARNING before"
        );
        (!is_ordered).then_some(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warning_must_be_reached_before_critical() {
        for (warning, critical, expected) in [
            ("80", "95", ""),
            ("80", "80", ""),
            ("90", "80", "wrong order"),
            ("10:", "5:", ""),
            ("5:", "10:", "wrong order"),
            ("90:", "80", "no value is OK"),
            ("80", "95:", "no value is OK"),
            ("10:90", "5:95", ""),
            ("10:90", "20:95", "wrong order"),
            ("10:90", "5:80", "wrong order"),
            ("~:90", "95", ""),
            ("90", "10:95", ""),
            ("~:", "10", ""),
            ("10", "~:", ""),
            ("80", "10:", ""),
            ("@10:20", "@12:15", ""),
            ("@12:15", "@10:20", "wrong order"),
            ("@10:20", "@10:20", ""),
            ("@1:3", "@0", ""),
            ("@10:20", "5", "wrong order"),
            ("@10:20", "30", ""),
            ("10", "@0:0", ""),
        ] {
            let range = |text: &str| text.parse::<Range>().ok();
            let levels = Levels { warning: range(warning), critical: range(critical) };
            let found = levels.contradiction().unwrap_or_default();
            let fits =
                if expected.is_empty() { found.is_empty() } else { found.contains(expected) };
            assert!(fits, "{warning} {critical}: {found}");
        }
    }

    #[test]
    fn names_have_priority_over_patterns_and_later_rules_over_earlier_ones() {
        let mut thresholds = Thresholds::default();
        for (objects, databases, enabled) in [
            ("public.x", &[][..], true),
            ("*", &[], false),
            ("public.*", &["app", "shop_*"], true),
            ("public.tmp_*", &[], false),
        ] {
            thresholds.add(ObjectRule {
                objects: NamePattern::new(objects),
                databases: databases.iter().map(|name| NamePattern::new(name)).collect(),
                enabled: Some(enabled),
                levels: IndexMap::new(),
                rates: IndexMap::new(),
                key: String::new(),
            });
        }
        for (database, name, disabled) in [
            (Some("app"), "public.a", false),
            (Some("shop_1"), "public.a", false),
            (Some("other"), "public.a", true),
            (None, "public.a", true),
            (Some("app"), "public.tmp_1", true),
            (Some("other"), "public.x", false),
            (Some("app"), "private.a", true),
        ] {
            let object = ObjectName { database, name: Some(name) };
            assert_eq!(thresholds.disables(object), disabled, "{database:?} {name}");
        }
        assert!(!thresholds.disables(ObjectName::default()));
    }
}
