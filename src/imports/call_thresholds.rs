//! Thresholds of `check_postgres` and `check_pgactivity` as ranges of posemo.

use std::time::Duration;

use super::call_options::OptionsOfCall;
use super::foreign_query::ForeignQuery;
use crate::finding::metric::Unit;
use crate::finding::quantity::range_in;
use crate::text::interval;

/// Sets the thresholds of a query, and a remark for one that cannot be read. Without a unit they are plain numbers.
pub(super) fn set(
    query: &mut ForeignQuery,
    options: &OptionsOfCall<'_>,
    unit: Option<Unit>,
    is_activity: bool,
) {
    let reverse = options.has("reverse");
    for (index, key) in ["warning", "critical"].into_iter().enumerate() {
        let Some(value) = options.get(key) else { continue };
        let number = number(value, unit, is_activity);
        query.thresholds[index] = number.map(|number| range(&number, is_activity, reverse));
        if query.thresholds[index].is_none() {
            query.remarks.push(format!(
                "`{key}`: the threshold `{value}` is not a number that {} reads, so check.toml does not have it.",
                query.program
            ));
        }
    }
}

/// A number as posemo reads it.
fn number(value: &str, unit: Option<Unit>, is_activity: bool) -> Option<String> {
    let value = value.trim();
    let written = match unit {
        Some(Unit::Bytes) => bytes(value)?,
        Some(Unit::Seconds) => seconds(value)?,
        // check_postgres allows underscores between digits.
        _ if is_activity => value.to_owned(),
        _ => value.replace('_', ""),
    };
    is_number(unit.unwrap_or(Unit::None), &written).then_some(written)
}

/// Whether posemo reads a text as one number of a range.
fn is_number(unit: Unit, text: &str) -> bool {
    !text.is_empty() && range_in(unit, &format!("~:{text}")).is_ok()
}

/// A range for a threshold. `check_postgres` alerts at the value, `check_pgactivity` beyond it.
fn range(value: &str, is_activity: bool, reverse: bool) -> String {
    match (is_activity, reverse) {
        (true, false) => format!("~:{value}"),
        (true, true) => format!("{value}:"),
        (false, false) => format!("@{value}:"),
        (false, true) => format!("@~:{value}"),
    }
}

/// Parts of a number with units: each number with the first letter of its unit. `None` for another form.
fn parts(text: &str) -> Option<Vec<(f64, Option<char>)>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number = rest[..end].parse::<f64>().ok()?;
        let after = rest[end..].trim_start();
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        parts.push((number, after[..end].chars().next().map(|letter| letter.to_ascii_lowercase())));
        rest = after[end..].trim_start();
    }
    (!parts.is_empty()).then_some(parts)
}

/// A size. Both programs read powers of 1024 by the first letter: `10m`, `5 GB`.
fn bytes(text: &str) -> Option<String> {
    let compact = text.replace(' ', "");
    if is_number(Unit::Bytes, &compact) {
        return Some(compact);
    }
    let [(number, letter)] = parts(text)?[..] else { return None };
    let power = "bkmgtpez".find(letter.unwrap_or('b'))?;
    let bytes = number * 1024_f64.powi(i32::try_from(power).ok()?);
    Some(bytes.to_string())
}

/// A time. `check_postgres` reads a unit by its first letter (`10 minutes`), `check_pgactivity` reads sums (`1h30m`).
fn seconds(text: &str) -> Option<String> {
    let mut sum = 0.0;
    for (number, letter) in parts(text)? {
        let unit = match letter.unwrap_or('s') {
            's' => 1.0,
            'm' => 60.0,
            'h' => 3600.0,
            'd' => 86_400.0,
            'w' => 604_800.0,
            'y' => 31_536_000.0,
            _ => return None,
        };
        sum += number * unit;
    }
    let whole = Duration::try_from_secs_f64(sum).ok().filter(|time| time.subsec_nanos() == 0);
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    Some(whole.filter(|_| !is_plain).map_or_else(|| sum.to_string(), interval::write))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_programs() {
        for (text, unit, expected) in [
            ("10", None, Some("10")),
            ("-5", None, Some("-5")),
            ("1_000", None, Some("1000")),
            ("10MB", None, None),
            ("1:5", None, None),
            ("inf", None, None),
            ("10MB", Some(Unit::Bytes), Some("10MB")),
            ("10 m", Some(Unit::Bytes), Some("10485760")),
            ("1.5g", Some(Unit::Bytes), Some("1610612736")),
            ("5 cows", Some(Unit::Bytes), None),
            ("90", Some(Unit::Seconds), Some("90")),
            ("1 day", Some(Unit::Seconds), Some("1d")),
            ("1h30m", Some(Unit::Seconds), Some("90m")),
            ("10 minutes", Some(Unit::Seconds), Some("10m")),
            ("0.5", Some(Unit::Seconds), Some("0.5")),
            ("soon", Some(Unit::Seconds), None),
            ("", Some(Unit::Seconds), None),
        ] {
            assert_eq!(number(text, unit, false).as_deref(), expected, "{text} {unit:?}");
        }
    }
}
