//! The functions and methods of Icinga's configuration that need nothing but their values.

use std::net::IpAddr;

use super::value::IcingaValue;
use crate::compat::of_regex;
use crate::text::pattern::NamePattern;

/// The most numbers of a range.
const MOST_OF_RANGE: f64 = 5_000.0;

/// The value that a function returns; unknown for one that is not known here.
pub(super) fn builtin(name: &str, values: &[IcingaValue]) -> IcingaValue {
    let unknown = |name: &str| IcingaValue::Unknown(format!("the function {name}"));
    match (name, values) {
        ("match", [IcingaValue::Text(pattern), subject, ..]) => {
            let pattern = NamePattern::new(pattern);
            let matches = |one: &IcingaValue| one.text().is_some_and(|text| pattern.matches(&text));
            match subject {
                IcingaValue::Unknown(_) => subject.clone(),
                IcingaValue::List(list) => IcingaValue::Bool(list.iter().any(matches)),
                other => IcingaValue::Bool(matches(other)),
            }
        }
        ("cidr_match", [IcingaValue::Text(range), subject, ..]) => {
            let is_in = |one: &IcingaValue| one.text().and_then(|text| in_range(range, &text));
            match subject {
                IcingaValue::Unknown(_) => subject.clone(),
                other => is_in(other).map_or_else(|| unknown(name), IcingaValue::Bool),
            }
        }
        ("union", lists) => {
            let mut all: Vec<IcingaValue> = Vec::new();
            for list in lists {
                let IcingaValue::List(list) = list else { return unknown(name) };
                for one in list {
                    if !all.contains(one) {
                        all.push(one.clone());
                    }
                }
            }
            IcingaValue::List(all)
        }
        ("intersection", [IcingaValue::List(one), others @ ..]) => {
            let mut all = one.clone();
            for other in others {
                let IcingaValue::List(other) = other else { return unknown(name) };
                all.retain(|one| other.contains(one));
            }
            IcingaValue::List(all)
        }
        ("number", [value]) => {
            let number = value.text().and_then(|text| text.trim().parse().ok());
            number.map_or_else(|| unknown(name), IcingaValue::Number)
        }
        ("typeof", [value]) => IcingaValue::Text(
            match value {
                IcingaValue::Text(_) => "String",
                IcingaValue::Number(_) => "Number",
                IcingaValue::Bool(_) => "Boolean",
                IcingaValue::List(_) => "Array",
                IcingaValue::Map(_) => "Dictionary",
                IcingaValue::Null => "Object",
                IcingaValue::Function(_) => "Function",
                IcingaValue::Unknown(_) => return value.clone(),
            }
            .to_owned(),
        ),
        // They write to the log of Icinga.
        ("log" | "print", _) => IcingaValue::Null,
        ("len", [IcingaValue::Null]) => IcingaValue::Number(0.0),
        ("len", [IcingaValue::List(list)]) => number(list.len()),
        ("len", [IcingaValue::Map(map)]) => number(map.len()),
        ("len", [IcingaValue::Text(text)]) => number(text.len()),
        ("string", [value]) => value.text().map_or_else(|| unknown(name), IcingaValue::Text),
        ("bool", [value]) => value.truth().map_or_else(IcingaValue::Unknown, IcingaValue::Bool),
        ("keys", [IcingaValue::Map(map)]) => {
            IcingaValue::List(map.keys().map(|key| IcingaValue::Text(key.clone())).collect())
        }
        ("regex", [IcingaValue::Text(regex), subject, ..]) => {
            let patterns = of_regex(regex).unwrap_or_default();
            let patterns: Vec<NamePattern> =
                patterns.iter().map(|one| NamePattern::new(one)).collect();
            let matches = |text: String| patterns.iter().any(|one| one.matches(&text));
            match subject {
                IcingaValue::Unknown(_) => subject.clone(),
                // Patterns cannot express each expression.
                _ if patterns.is_empty() => unknown(name),
                other => IcingaValue::Bool(other.text().is_some_and(matches)),
            }
        }
        ("range", bounds @ ([_] | [_, _])) => {
            let bound = |at: usize| match bounds.get(at)? {
                IcingaValue::Number(number) => Some(*number),
                _ => None,
            };
            let (start, end) = match bounds.len() {
                1 => (Some(0.0), bound(0)),
                _ => (bound(0), bound(1)),
            };
            match (start, end) {
                (Some(start), Some(end)) if (end - start).abs() <= MOST_OF_RANGE => {
                    let numbers = std::iter::successors(Some(start), |one| Some(one + 1.0));
                    let numbers = numbers.take_while(|one| *one < end);
                    IcingaValue::List(numbers.map(IcingaValue::Number).collect())
                }
                _ => unknown(name),
            }
        }
        _ => unknown(name),
    }
}

/// Whether an address is in a range, such as `192.0.2.0/24`. `None` if one is not an address.
fn in_range(range: &str, address: &str) -> Option<bool> {
    let (base, length) = range.split_once('/').unwrap_or((range, ""));
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let (base, most) = bits(base.parse().ok()?);
    let (address, of_address) = bits(address.parse().ok()?);
    let length = if length.is_empty() { most } else { length.parse().ok()? };
    if length > most {
        return None;
    }
    let mask = if length == 0 { 0 } else { u128::MAX << (128 - length) };
    Some(most == of_address && base & mask == address & mask)
}

/// A function of `Math`.
pub(super) fn of_math(name: &str, values: &[IcingaValue]) -> Option<IcingaValue> {
    let numbers: Option<Vec<f64>> = values
        .iter()
        .map(|value| match value {
            IcingaValue::Number(number) => Some(*number),
            IcingaValue::Null => Some(0.0),
            _ => None,
        })
        .collect();
    let numbers = numbers?;
    let first = *numbers.first()?;
    Some(IcingaValue::Number(match name {
        "min" => numbers.into_iter().fold(f64::INFINITY, f64::min),
        "max" => numbers.into_iter().fold(f64::NEG_INFINITY, f64::max),
        "round" => first.round(),
        "floor" => first.floor(),
        "ceil" => first.ceil(),
        "abs" => first.abs(),
        _ => return None,
    }))
}

/// What a method of a value returns, such as `contains` of a list. `None` for a method that is not known.
pub(super) fn method(
    of: &IcingaValue,
    name: &str,
    arguments: &[IcingaValue],
) -> Option<IcingaValue> {
    use IcingaValue::{Bool, List, Map, Text};
    let first = arguments.first();
    let argument = first.and_then(IcingaValue::text);
    let texts = |list: &[IcingaValue]| -> Option<Vec<String>> {
        list.iter().map(IcingaValue::text).collect()
    };
    Some(match (of, name) {
        (List(list), "contains") => {
            Bool(list.iter().any(|one| equal(one, first.unwrap_or(&IcingaValue::Null))))
        }
        (Map(map), "contains") => Bool(map.contains_key(&argument?)),
        (Text(text), "contains") => Bool(text.contains(&argument?)),
        (Map(map), "get") => map.get(&argument?).cloned().unwrap_or_default(),
        (Map(map), "keys") => List(map.keys().cloned().map(Text).collect()),
        (Map(map), "values") => List(map.values().cloned().collect()),
        (Text(text), "lower") => Text(text.to_lowercase()),
        (Text(text), "upper") => Text(text.to_uppercase()),
        (Text(text), "trim") => Text(text.trim().to_owned()),
        (Text(text), "split") => {
            let signs = argument?;
            let parts = text.split(|letter: char| signs.contains(letter));
            List(parts.map(|part| Text(part.to_owned())).collect())
        }
        (List(list), "join") => Text(texts(list)?.join(&argument?)),
        (Text(text), "replace") => {
            let with = arguments.get(1)?.text()?;
            Text(text.replace(&argument.filter(|old| !old.is_empty())?, &with))
        }
        (Text(text), "to_string") => Text(text.clone()),
        (IcingaValue::Number(_) | Bool(_), "to_string") => Text(of.text()?),
        (List(list), "reverse") => List(list.iter().rev().cloned().collect()),
        (List(list), "unique") => builtin("union", &[List(list.clone())]),
        (List(list), "get") => match first? {
            IcingaValue::Number(at) if *at >= 0.0 =>
            {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a list is shorter"
                )]
                list.get(*at as usize).cloned().unwrap_or_default()
            }
            _ => return None,
        },
        (List(list), "len") => number(list.len()),
        (Map(map), "len") => number(map.len()),
        (Text(text), "len") => number(text.len()),
        (IcingaValue::Null, "contains") => Bool(false),
        (IcingaValue::Unknown(what), _) => IcingaValue::Unknown(what.clone()),
        _ => return None,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a text is shorter")]
fn number(length: usize) -> IcingaValue {
    IcingaValue::Number(length as f64)
}

/// Whether two values are equal. A missing value and an empty text equal `false` and 0.
pub(super) fn equal(one: &IcingaValue, other: &IcingaValue) -> bool {
    let empty = |value: &IcingaValue| {
        matches!(value, IcingaValue::Null) || *value == IcingaValue::Text(String::new())
    };
    let falsy = |value: &IcingaValue| {
        matches!(value, IcingaValue::Bool(false)) || *value == IcingaValue::Number(0.0)
    };
    one == other || empty(one) && (empty(other) || falsy(other)) || falsy(one) && empty(other)
}
