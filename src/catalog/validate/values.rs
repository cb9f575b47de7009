//! Validates arguments and thresholds.

use indexmap::IndexMap;

use crate::catalog::function::{
    Argument, ArgumentType, Column, ColumnRole, ColumnType, Measurement, accept, list, one_of,
};
use crate::catalog::manifest::{ArgumentEntry, SuggestedEntry, ThresholdEntry};
use crate::catalog::names::is_name;
use crate::catalog::rate::{RateName, valid_window};
use crate::catalog::thresholds::{Levels, SuggestedRate, Thresholds};
use crate::finding::metric::MetricKind;
use crate::finding::quantity::range_in;
use crate::text::interval;
use crate::text::mistake::Mistake;
use crate::text::suggestion::suggestion;
use crate::text::toml::TomlDocument;

/// The arguments of the check.
pub(super) fn arguments(
    document: TomlDocument<'_>,
    entries: &IndexMap<String, ArgumentEntry>,
) -> Result<Vec<Argument>, Mistake> {
    entries.iter().map(|(name, entry)| argument(document, name, entry)).collect()
}

fn argument(
    document: TomlDocument<'_>,
    name: &str,
    entry: &ArgumentEntry,
) -> Result<Argument, Mistake> {
    let mistake = |key: &str, message: String| document.mistake(&["arguments", name, key], message);
    if !is_name(name) {
        let message =
            "is not a name for an argument; use lower-case letters, digits and underscores";
        return Err(mistake("", message.to_owned()));
    }
    let sql_type =
        ArgumentType::parse(&entry.sql_type).map_err(|message| mistake("type", message))?;
    if !entry.values.is_empty() && sql_type != ArgumentType::Text {
        return Err(mistake("values", "only an argument of type text has words".to_owned()));
    }
    if entry.measured.is_some() && sql_type != ArgumentType::Double {
        let problem = "what the runner measures are seconds: the type must be double precision";
        return Err(mistake("measured", problem.to_owned()));
    }
    if entry.measured == Some(Measurement::CommitTime) {
        let problem = "is known only after the call; it is for a column of a check that writes";
        return Err(mistake("measured", problem.to_owned()));
    }
    if entry.list && (sql_type != ArgumentType::Text || !entry.values.is_empty()) {
        let problem = "only an argument of type text without the key values is a list";
        return Err(mistake("list", problem.to_owned()));
    }
    let default = if entry.list {
        list(&entry.default)
    } else {
        accept(sql_type, entry.minimum, entry.maximum, &entry.default)
            .and_then(|default| one_of(&entry.values, default))
    };
    Ok(Argument {
        name: name.to_owned(),
        sql_type,
        default: default.map_err(|message| mistake("default", message))?,
        minimum: entry.minimum,
        maximum: entry.maximum,
        values: entry.values.clone(),
        list: entry.list,
        measured: entry.measured,
        help: entry.help.clone(),
    })
}

/// The default thresholds.
pub(super) fn thresholds(
    document: TomlDocument<'_>,
    entries: &IndexMap<String, ThresholdEntry>,
    columns: &[&Column],
) -> Result<Thresholds, Mistake> {
    let is_number = |column: &&Column| {
        column.role == ColumnRole::Metric && column.sql_type != ColumnType::Boolean
    };
    let metrics: Vec<&Column> = columns.iter().copied().filter(is_number).collect();
    let mut levels = IndexMap::new();
    for (name, entry) in entries {
        let Some(metric) = metrics.iter().find(|metric| metric.name == *name) else {
            let near = suggestion(name, metrics.iter().map(|metric| metric.name.as_str()));
            let message = format!("metric \"{name}\" does not exist or is not a number{near}");
            return Err(document.mistake(&["thresholds", name], message));
        };
        let range = |key: &str, text: Option<&String>| {
            text.map(|text| range_in(metric.unit, text))
                .transpose()
                .map_err(|error| document.mistake(&["thresholds", name, key], error.to_string()))
        };
        let entry = Levels {
            warning: range("warning", entry.warning.as_ref())?,
            critical: range("critical", entry.critical.as_ref())?,
        };
        if let Some(message) = entry.contradiction() {
            return Err(document.mistake(&["thresholds", name], message));
        }
        levels.insert(name.clone(), entry);
    }
    Ok(Thresholds { levels, ..Thresholds::default() })
}

/// The thresholds on rates that the check suggests.
pub(super) fn suggested(
    document: TomlDocument<'_>,
    entries: &IndexMap<String, SuggestedEntry>,
    columns: &[&Column],
) -> Result<Vec<SuggestedRate>, Mistake> {
    let is_counter =
        |column: &&&Column| column.role == ColumnRole::Metric && column.kind == MetricKind::Counter;
    let counters: Vec<&Column> = columns.iter().filter(is_counter).copied().collect();
    let suggested = entries.iter().map(|(name, entry)| {
        let mistake = |key: Option<&str>, message: String| {
            let path: Vec<&str> = ["suggested", name].into_iter().chain(key).collect();
            document.mistake(&path, message)
        };
        let form = || "write METRIC per second, minute or hour".to_owned();
        let rate = RateName::parse(name).ok_or_else(form).and_then(|rate| rate);
        let rate = rate.map_err(|message| mistake(None, message))?;
        let Some(counter) = counters.iter().find(|column| column.name == rate.metric) else {
            let near = suggestion(&rate.metric, counters.iter().map(|one| one.name.as_str()));
            let message = format!("counter \"{}\" does not exist{near}", rate.metric);
            return Err(mistake(None, message));
        };
        let range = |key, text: Option<&String>| {
            let range = text.map(|text| range_in(counter.unit, text)).transpose();
            range.map_err(|error| mistake(Some(key), error.to_string()))
        };
        let levels = Levels {
            warning: range("warning", entry.warning.as_ref())?,
            critical: range("critical", entry.critical.as_ref())?,
        };
        if let Some(message) = levels.contradiction() {
            return Err(mistake(None, message));
        }
        let window = entry.window.as_ref();
        let window = window.map(|text| interval::parse(text).and_then(valid_window)).transpose();
        let window = window.map_err(|message| mistake(Some("window"), message))?;
        Ok(SuggestedRate { rate, window, levels })
    });
    suggested.collect()
}
