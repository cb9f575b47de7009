//! Lays the options of `posemo check` over the settings.

use super::effective::Overlay;
use super::error::SettingsError;
use super::source::measure::Measure;
use super::source::{SettingLayer, SettingSource, ThresholdLevel};

/// The options of `posemo check` that set values of the check, as they are written.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckOptions<'a> {
    /// `RANGE` or `METRIC=RANGE`.
    pub warning: &'a [String],
    /// `RANGE` or `METRIC=RANGE`.
    pub critical: &'a [String],
    /// `NAME=VALUE`.
    pub arguments: &'a [String],
}

impl CheckOptions<'_> {
    /// Sets each value of the options in the overlay.
    pub(super) fn lay_over(&self, overlay: &mut Overlay<'_>) -> Result<(), SettingsError> {
        for text in self.warning {
            range(overlay, "-w", ThresholdLevel::Warning, text)?;
        }
        for text in self.critical {
            range(overlay, "-c", ThresholdLevel::Critical, text)?;
        }
        self.arguments.iter().try_for_each(|text| argument(overlay, text))?;
        let given = [("-w", self.warning), ("-c", self.critical)];
        let given =
            given.iter().flat_map(|(option, texts)| texts.iter().map(move |text| (option, text)));
        let (Some((option, text)), Some(found)) =
            (given.last(), overlay.contradictions().into_iter().next())
        else {
            return Ok(());
        };
        let (level, source) = &found.other;
        let place = match source {
            Some(source) if source.layer == SettingLayer::CommandLine => String::new(),
            Some(_) => format!("; {} is set in the settings: give it too", level.name()),
            None => format!("; {} is the default of the check: give it too", level.name()),
        };
        Err(wrong(option, text)(found.message + &place))
    }
}

fn range(
    overlay: &mut Overlay<'_>,
    option: &str,
    level: ThresholdLevel,
    text: &str,
) -> Result<(), SettingsError> {
    let (measure, range) = match text.split_once('=') {
        Some((name, range)) => (value(overlay, name), range),
        None => (overlay.main_metric(&format!("{option} METRIC=RANGE")), text),
    };
    let measure = measure.map_err(wrong(option, text))?;
    let range = overlay.range(measure, range).map_err(wrong(option, text))?;
    overlay.set_threshold(measure, level, range, source(option, text));
    Ok(())
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
