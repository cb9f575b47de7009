//! The thresholds of a check: ranges for each metric, and rules for single objects.
//!
//! `evaluate` compares values with them.

use indexmap::IndexMap;

use crate::finding::range::Range;

/// The two ranges of a metric.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Levels {
    /// The range for the state Warning.
    pub warning: Option<Range>,
    /// The range for the state Critical. It is compared first.
    pub critical: Option<Range>,
}

/// The settings for one object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ObjectRule {
    /// Findings and metrics of the object are dropped.
    pub disabled: bool,
    /// Ranges by column. A range that is absent here is that of the other objects.
    pub levels: IndexMap<String, Levels>,
}

/// The thresholds of a check: ranges by column, and rules for single objects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Thresholds {
    /// Ranges by column.
    pub levels: IndexMap<String, Levels>,
    /// Rules by the object's name in findings.
    pub objects: IndexMap<String, ObjectRule>,
}

impl Thresholds {
    /// The ranges of a column for an object.
    pub fn for_object(&self, column: &str, object: Option<&str>) -> Levels {
        let mut levels = self.levels.get(column).cloned().unwrap_or_default();
        let rule = object.and_then(|object| self.objects.get(object));
        if let Some(own) = rule.and_then(|rule| rule.levels.get(column)) {
            levels.override_with(own);
        }
        levels
    }

    /// Whether the findings and metrics of an object are dropped.
    pub fn disables(&self, object: Option<&str>) -> bool {
        object.and_then(|object| self.objects.get(object)).is_some_and(|rule| rule.disabled)
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
}
