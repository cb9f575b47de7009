//! What a setting of a check applies to, and where its value is set.

use std::fmt;

use crate::catalog::function::ArgumentValue;
use crate::catalog::thresholds::Levels;
use crate::finding::range::Range;
use measure::Measure;

pub mod measure;

/// A value that is in force for a check.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SettingWithSource {
    /// What it applies to.
    pub item: SettingItem,
    /// The value, as settings write it.
    pub value: String,
    /// The layer that sets it.
    pub layer: SettingLayer,
    /// File and line, or the option; absent where the value is built in.
    pub place: Option<String>,
}

/// What a setting applies to, in the order of the page. Arguments are given by their position.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettingItem {
    /// Whether runs include the check.
    Enabled,
    /// The interval of its service.
    Interval,
    /// How long a problem must last before a monitoring system alarms.
    Hold,
    /// The number of bad runs until a problem counts.
    Confirm,
    /// The number of good runs until it is over.
    Release,
    /// The time until a state that does not count yet is checked again.
    Recheck,
    /// The databases in which it runs.
    Databases,
    /// The number of rows that are judged.
    RowLimit,
    /// The value of an argument.
    Argument(usize),
    /// A range of a metric or a rate.
    Threshold(Measure, ThresholdLevel),
    /// The window of a rate.
    Window(Measure),
    /// Whether an object is reported.
    Object(String),
    /// A range of a metric or a rate of one object.
    ObjectThreshold(String, Measure, ThresholdLevel),
}

/// The state that a value outside of a range causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "these are the states")]
pub enum ThresholdLevel {
    Warning,
    Critical,
}

impl ThresholdLevel {
    /// Both levels.
    pub const ALL: [ThresholdLevel; 2] = [ThresholdLevel::Warning, ThresholdLevel::Critical];

    /// The key in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The range of this level.
    pub fn range(self, levels: &Levels) -> Option<&Range> {
        match self {
            Self::Warning => levels.warning.as_ref(),
            Self::Critical => levels.critical.as_ref(),
        }
    }

    /// The range of this level, to be set.
    pub(super) fn range_mut(self, levels: &mut Levels) -> &mut Option<Range> {
        match self {
            Self::Warning => &mut levels.warning,
            Self::Critical => &mut levels.critical,
        }
    }
}

/// A layer of settings. A later layer has priority.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SettingLayer {
    /// The value is built into posemo.
    Default,
    /// The check's `check.toml`.
    Catalog,
    /// A profile, by its name or the path of its file.
    Profile(String),
    /// The settings for all targets.
    AllTargets,
    /// The settings for a group of targets.
    Group(String),
    /// The settings for a target.
    Target(String),
    /// The options of a command.
    CommandLine,
}

impl fmt::Display for SettingLayer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::Catalog => out.write_str("catalog"),
            Self::Profile(name) => write!(out, "profile {name}"),
            Self::AllTargets => out.write_str("every target"),
            Self::Group(name) => write!(out, "group {name}"),
            Self::Target(name) => write!(out, "target {name}"),
            Self::CommandLine => out.write_str("command line"),
        }
    }
}

/// Where a value is set.
#[derive(Debug, Clone)]
pub(super) struct SettingSource {
    pub(super) layer: SettingLayer,
    /// The path of the key in the settings file, or the option.
    pub(super) key: Vec<String>,
    /// File and line, for a key that is in another file than the settings.
    pub(super) place: Option<String>,
}

impl SettingSource {
    /// The order of the layers.
    pub(super) fn rank(&self) -> u8 {
        match self.layer {
            SettingLayer::Default => 0,
            SettingLayer::Catalog => 1,
            SettingLayer::Profile(_) => 2,
            SettingLayer::AllTargets => 3,
            SettingLayer::Group(_) => 4,
            SettingLayer::Target(_) => 5,
            SettingLayer::CommandLine => 6,
        }
    }
}

/// The value of an argument, as settings write it.
pub fn argument_text(value: &ArgumentValue) -> String {
    match value {
        ArgumentValue::Text(text) => format!("{text:?}"),
        ArgumentValue::Boolean(truth) => truth.to_string(),
        ArgumentValue::Integer(number) => number.to_string(),
        ArgumentValue::Double(number) => number.to_string(),
    }
}
