//! Adds ranges to a translated call: each metric has at most one for WARNING and one for CRITICAL.

use super::call::{TranslatedCall, TranslatedRange};
use super::table::{Compare, ForeignLevel, Kind, LevelForm, Mapping};

/// The range that never alarms.
const NEVER: &str = "~:";

/// Adds the range of a number for the object of its level, or returns why not.
///
/// A second range for a metric must be the same as the first, as posemo would use only the last one.
pub(super) fn add(
    mapping: &Mapping,
    one: &ForeignLevel,
    number: f64,
    critical: bool,
    call: &mut TranslatedCall,
) -> Result<(), String> {
    add_for(mapping, one, one.object, number, critical, call)
}

/// Adds the range of a number for this object, or for all.
pub(super) fn add_for(
    mapping: &Mapping,
    one: &ForeignLevel,
    object: Option<&'static str>,
    number: f64,
    critical: bool,
    call: &mut TranslatedCall,
) -> Result<(), String> {
    let range = range(one, number);
    match of_metric(call, one.metric, object, critical) {
        None => {
            let (check, metric) = one.metric;
            call.ranges.push(TranslatedRange { check, metric, object, critical, range });
        }
        Some(old) if old.range == range => {}
        Some(_) => return Err(two_values(mapping, one)),
    }
    Ok(())
}

/// Adds a range.
pub(super) fn push(
    call: &mut TranslatedCall,
    (check, metric): (&'static str, &'static str),
    critical: bool,
    range: String,
) {
    call.ranges.push(TranslatedRange { check, metric, object: None, critical, range });
}

/// Drops the check's own ranges where the call sets others.
pub(super) fn silence(mapping: &Mapping, call: &mut TranslatedCall) {
    if call.ranges.is_empty() || matches!(mapping.form, LevelForm::Ignored) {
        return;
    }
    let set: Vec<_> = call.ranges.iter().map(|one| ((one.check, one.metric), one.object)).collect();
    let silenced = mapping.silenced.iter().map(|metric| (*metric, None));
    for (metric, object) in set.into_iter().chain(silenced) {
        for critical in [false, true] {
            let is_set = of_metric(call, metric, object, critical).is_some();
            if call.checks.contains(&metric.0) && !is_set {
                let ((check, metric), range) = (metric, NEVER.to_owned());
                call.ranges.push(TranslatedRange { check, metric, object, critical, range });
            }
        }
    }
}

/// Drops the range for WARNING where each value in it is CRITICAL.
pub(super) fn drop_hidden(call: &mut TranslatedCall) {
    let hidden = |one: &TranslatedRange| {
        let critical = of_metric(call, (one.check, one.metric), one.object, true)?;
        let (warning_number, critical_number) = (number(&one.range)?, number(&critical.range)?);
        let is_lower = is_lower_worse(&one.range);
        let is_hidden = is_lower == is_lower_worse(&critical.range)
            && if is_lower {
                warning_number < critical_number
            } else {
                warning_number > critical_number
            };
        Some(is_hidden)
    };
    let hidden: Vec<bool> =
        call.ranges.iter().map(|one| !one.critical && hidden(one) == Some(true)).collect();
    for (one, hidden) in call.ranges.iter_mut().zip(hidden) {
        if hidden {
            NEVER.clone_into(&mut one.range);
        }
    }
}

/// The number of a range with one end.
fn number(range: &str) -> Option<f64> {
    range.trim_matches(['@', '~', ':']).parse().ok()
}

/// Whether the values below the number of a range alarm.
fn is_lower_worse(range: &str) -> bool {
    range.starts_with("@~:") || (range.ends_with(':') && !range.starts_with('@'))
}

/// The labels of the quantities that fit, each once.
pub(super) fn labels(mapping: &Mapping, fits: impl Fn(&ForeignLevel) -> bool) -> Vec<&'static str> {
    let mut labels = Vec::new();
    for one in mapping.levels.iter().filter(|one| fits(one)) {
        if !labels.contains(&one.label) {
            labels.push(one.label);
        }
    }
    labels
}

/// Adds the argument `minimum` of a check.
pub(super) fn minimum_argument(call: &mut TranslatedCall, check: &'static str, minimum: f64) {
    let old =
        call.arguments.iter_mut().find(|(known, name, _)| *known == check && *name == "minimum");
    match old {
        // One minimum is for both levels: the smaller one loses no alarm.
        Some((_, _, value)) => {
            if value.parse().is_ok_and(|old: f64| minimum < old) {
                *value = minimum.to_string();
            }
        }
        None => call.arguments.push((check, "minimum", minimum.to_string())),
    }
}

fn of_metric<'c>(
    call: &'c TranslatedCall,
    metric: (&str, &str),
    object: Option<&str>,
    critical: bool,
) -> Option<&'c TranslatedRange> {
    call.ranges.iter().find(|one| {
        (one.check, one.metric, one.object) == (metric.0, metric.1, object)
            && one.critical == critical
    })
}

/// Why two values for one metric are refused.
fn two_values(mapping: &Mapping, one: &ForeignLevel) -> String {
    let what = if one.kind == Kind::Time { "time" } else { "number" };
    let name =
        |label: &'static str| if label.is_empty() { "a value without a label" } else { label };
    match labels(mapping, |other| other.metric == one.metric).as_slice() {
        [first, second] => format!(
            "{} and {} share one {what}; write the same {what}, or leave one out",
            name(first),
            name(second)
        ),
        _ => "it has two values for one metric; write one".to_owned(),
    }
}

/// The range of a level.
fn range(level: &ForeignLevel, number: f64) -> String {
    // 0.1 + 0.2 would be written with all its digits.
    let number = (number * level.factor * 1e9).round() / 1e9;
    match level.compare {
        Compare::AtLeast => format!("@{number}:"),
        Compare::Above => format!("~:{number}"),
        Compare::AtMost => format!("@~:{number}"),
        Compare::Below => format!("{number}:"),
        Compare::Not => format!("{number}:{number}"),
    }
}
