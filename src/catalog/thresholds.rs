//! The thresholds of a check: ranges for each metric, and exceptions for single objects.
//!
//! It compares no value: `evaluate` does.

use indexmap::IndexMap;

use crate::finding::range::Range;

/// The two ranges a metric is held against.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Levels {
    /// Alarms with Warning.
    pub warning: Option<Range>,
    /// Alarms with Critical; looked at first.
    pub critical: Option<Range>,
}

/// What is said of one object, in place of what holds for the others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectRule {
    /// The object makes no finding and no metric.
    pub disabled: bool,
    /// Levels for its metrics, by column; a level that is not named here is as for the others.
    pub levels: IndexMap<String, Levels>,
}

/// The thresholds in force for a check: by column, and what differs for single objects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Thresholds {
    /// By column.
    pub levels: IndexMap<String, Levels>,
    /// By object, as it is named in findings.
    pub objects: IndexMap<String, ObjectRule>,
}

impl Thresholds {
    /// The levels of a column for an object.
    pub fn for_object(&self, column: &str, object: Option<&str>) -> Levels {
        let mut levels = self.levels.get(column).cloned().unwrap_or_default();
        let rule = object.and_then(|object| self.objects.get(object));
        if let Some(own) = rule.and_then(|rule| rule.levels.get(column)) {
            levels.override_with(own);
        }
        levels
    }

    /// Whether an object is left out.
    pub fn disables(&self, object: Option<&str>) -> bool {
        object.and_then(|object| self.objects.get(object)).is_some_and(|rule| rule.disabled)
    }
}

impl Levels {
    /// Takes each level that the other names.
    pub fn override_with(&mut self, other: &Levels) {
        if other.warning.is_some() {
            self.warning.clone_from(&other.warning);
        }
        if other.critical.is_some() {
            self.critical.clone_from(&other.critical);
        }
    }
}
