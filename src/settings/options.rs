//! Lays the options of `posemo check` over the settings.

use indexmap::IndexMap;

use super::effective::Overlay;
use super::error::SettingsError;
use super::source::measure::{Measure, rule_name};
use super::source::{SettingItem, SettingLayer, SettingSource, ThresholdLevel};
use crate::catalog::thresholds::ObjectRule;
use crate::text::pattern::NamePattern;

/// The options of `posemo check` that set values of the check, as they are written.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckOptions<'a> {
    /// `RANGE`, `METRIC=RANGE` or `METRIC[OBJECT]=RANGE`.
    pub warning: &'a [String],
    /// The same.
    pub critical: &'a [String],
    /// `NAME=VALUE`.
    pub arguments: &'a [String],
    /// Which objects are judged.
    pub objects: ObjectOptions<'a>,
}

/// The options of `posemo check` that select objects, as patterns.
#[derive(Debug, Clone, Copy, Default)]
pub struct ObjectOptions<'a> {
    /// The only objects; empty for all.
    pub only: &'a [String],
    /// Objects that are left out.
    pub except: &'a [String],
    /// Databases whose objects are left out.
    pub except_databases: &'a [String],
}

/// The options that are about one of several checks.
#[derive(Debug)]
pub struct OwnOptions<'a> {
    warning: Vec<String>,
    critical: Vec<String>,
    arguments: Vec<String>,
    objects: ObjectOptions<'a>,
}

impl OwnOptions<'_> {
    /// The options without the name of the check.
    pub fn options(&self) -> CheckOptions<'_> {
        let OwnOptions { warning, critical, arguments, objects } = self;
        CheckOptions { warning, critical, arguments, objects: *objects }
    }
}

impl<'a> CheckOptions<'a> {
    /// Whether each option with a value names one of these checks: `CHECK.METRIC=RANGE`.
    pub fn name_checks(&self, checks: &[String]) -> bool {
        let named = |text: &String| {
            let check = text.split_once('.').map(|(check, _)| check);
            check.is_some_and(|check| checks.iter().any(|known| known == check))
        };
        [self.warning, self.critical, self.arguments].into_iter().flatten().all(named)
    }

    /// The options for one of these checks: those that name it, and those that name none of them.
    pub fn of_check(&self, check: &str, checks: &[String]) -> OwnOptions<'a> {
        let own = |texts: &[String]| {
            let of_name = |text: &String, name: &str| {
                Some(text.strip_prefix(name)?.strip_prefix('.')?.to_owned())
            };
            // A name that is of none of the checks is a mistake, which the metrics or the arguments of this check report.
            let is_other = |text: &String| checks.iter().any(|one| of_name(text, one).is_some());
            let text = |text: &String| {
                of_name(text, check).or_else(|| (!is_other(text)).then(|| text.clone()))
            };
            texts.iter().filter_map(text).collect()
        };
        OwnOptions {
            warning: own(self.warning),
            critical: own(self.critical),
            arguments: own(self.arguments),
            objects: self.objects,
        }
    }

    /// Sets each value of the options in the overlay.
    pub(super) fn lay_over(&self, overlay: &mut Overlay<'_>) -> Result<(), SettingsError> {
        for text in self.warning {
            range(overlay, "-w", ThresholdLevel::Warning, text)?;
        }
        for text in self.critical {
            range(overlay, "-c", ThresholdLevel::Critical, text)?;
        }
        self.arguments.iter().try_for_each(|text| argument(overlay, text))?;
        self.objects.lay_over(overlay)?;
        let given = [("-w", self.warning), ("-c", self.critical)];
        let given =
            given.iter().flat_map(|(option, texts)| texts.iter().map(move |text| (option, text)));
        let (Some((option, text)), Some(found)) =
            (given.last(), overlay.contradictions().into_iter().next())
        else {
            return Ok(());
        };
        let (level, source) = &found.other;
        // The option that sets the later range, without the name of the check.
        let (option, text) = match found.source.key.as_slice() {
            [own, range] if found.source.layer == SettingLayer::CommandLine => {
                (own.as_str(), range.as_str())
            }
            _ => (*option, text.as_str()),
        };
        let place = match source {
            Some(source) if source.layer == SettingLayer::CommandLine => String::new(),
            Some(_) => format!("; {} is set in the settings: give it too", level.name()),
            None => format!("; {} is the default of the check: give it too", level.name()),
        };
        Err(wrong(option, text)(found.message + &place))
    }
}

impl ObjectOptions<'_> {
    /// Adds a rule for each option.
    fn lay_over(&self, overlay: &mut Overlay<'_>) -> Result<(), SettingsError> {
        for (option, objects, databases, enabled) in self.rules() {
            let text = databases.as_ref().unwrap_or(&objects);
            overlay.has_objects().map_err(wrong(option, text))?;
            if databases.is_some() {
                overlay.has_databases().map_err(wrong(option, text))?;
            }
            let rule = ObjectRule {
                objects: NamePattern::new(&objects),
                databases: databases.iter().map(|name| NamePattern::new(name)).collect(),
                enabled: Some(enabled),
                levels: IndexMap::new(),
                rates: IndexMap::new(),
                key: format!("{option} {text}"),
            };
            overlay.add_rule(rule, Vec::new());
        }
        Ok(())
    }

    /// The option, the pattern of objects and that of databases of each rule, and whether these objects are judged.
    fn rules(&self) -> impl Iterator<Item = (&'static str, String, Option<String>, bool)> {
        let rest = self.only.first().map(|_| ("--object", "*".to_owned(), None, false));
        let only = self.only.iter().map(|text| ("--object", text.clone(), None, true));
        let except = self.except.iter().map(|text| ("--except", text.clone(), None, false));
        let databases = self.except_databases.iter();
        let databases =
            databases.map(|name| ("--except-database", "*".to_owned(), Some(name.clone()), false));
        rest.into_iter().chain(only).chain(except).chain(databases)
    }
}

fn range(
    overlay: &mut Overlay<'_>,
    option: &str,
    level: ThresholdLevel,
    text: &str,
) -> Result<(), SettingsError> {
    let (measure, object, range) = match (of_object(text), text.split_once('=')) {
        (Some((name, object, range)), _) => (value(overlay, name), Some(object), range),
        (None, Some((name, range))) => (value(overlay, name), None, range),
        (None, None) => (overlay.main_metric(&format!("{option} METRIC=RANGE")), None, text),
    };
    let measure = measure.map_err(wrong(option, text))?;
    let range = overlay.range(measure, range).map_err(wrong(option, text))?;
    let Some(object) = object else {
        overlay.set_threshold(measure, level, range, source(option, text));
        return Ok(());
    };
    overlay.has_objects().map_err(wrong(option, text))?;
    let mut rule = ObjectRule {
        objects: NamePattern::new(object),
        databases: Vec::new(),
        enabled: None,
        levels: IndexMap::new(),
        rates: IndexMap::new(),
        key: format!("{option} {text}"),
    };
    *level.range_mut(measure.of_rule_mut(overlay.check, &mut rule)) = Some(range);
    let item = SettingItem::ObjectThreshold(rule_name(&rule), measure, level);
    overlay.add_rule(rule, vec![(item, source(option, text))]);
    Ok(())
}

/// The metric, the object and the range of `METRIC[OBJECT]=RANGE`. The name of an object can contain `=`.
fn of_object(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('[')?;
    let (object, range) = rest.rsplit_once("]=")?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    (!object.is_empty() && name.chars().all(is_part)).then_some((name, object, range))
}

/// A metric. A single run cannot measure a rate.
fn value(overlay: &Overlay<'_>, name: &str) -> Result<Measure, String> {
    match overlay.measure(name)? {
        Measure::Rate(..) => Err("only posemo serve judges rates".to_owned()),
        value @ Measure::Value(_) => Ok(value),
    }
}

fn argument(overlay: &mut Overlay<'_>, text: &str) -> Result<(), SettingsError> {
    let option = "--argument";
    let pair = text.split_once('=').ok_or_else(|| "write NAME=VALUE".to_owned());
    let (name, value) = pair.map_err(wrong(option, text))?;
    let position = overlay.argument(name).map_err(wrong(option, text))?;
    let argument = &overlay.check.arguments[position];
    // A value is written as in the settings; a text also without quotes.
    let typed = value.parse::<toml::Value>().ok().and_then(|value| argument.accept(&value).ok());
    let plain = || argument.accept(&toml::Value::String(value.to_owned()));
    let value = typed.map_or_else(plain, Ok).map_err(wrong(option, text))?;
    overlay.set_argument(position, value, source(option, text));
    Ok(())
}

fn wrong(option: &str, text: &str) -> impl Fn(String) -> SettingsError {
    move |message| SettingsError::Option { option: format!("{option} {text}"), message }
}

fn source(option: &str, text: &str) -> SettingSource {
    SettingSource {
        layer: SettingLayer::CommandLine,
        key: vec![option.to_owned(), text.to_owned()],
        place: None,
    }
}
