//! Evaluates expressions of Icinga's configuration.

use std::cell::Cell;

use indexmap::IndexMap;

use super::syntax::Expression;
use super::value::IcingaValue;
use crate::compat::of_regex;
use crate::text::pattern::NamePattern;

/// The most bytes of a value.
const LONGEST: usize = 64 * 1024;

/// The most values that all expressions together make.
pub(super) const MOST_VALUES: usize = 20_000_000;

/// The most numbers of a range.
const MOST_OF_RANGE: f64 = 5_000.0;

/// The names that an expression can use.
#[derive(Debug, Clone, Copy)]
pub(super) struct IcingaScope<'a> {
    /// Constants and global variables.
    pub(super) constants: &'a IndexMap<String, IcingaValue>,
    /// The names of a loop and other local names.
    pub(super) local: &'a IndexMap<String, IcingaValue>,
    /// The object that is defined.
    pub(super) this: &'a IcingaValue,
    /// The number of values that may still be made.
    pub(super) left: &'a Cell<usize>,
}

impl IcingaScope<'_> {
    /// The value of an expression. A value that only Icinga knows is unknown, and does not fail.
    pub(super) fn value(&self, expression: &Expression) -> IcingaValue {
        let too_large = || IcingaValue::Unknown("a value that is too large".to_owned());
        if self.left.get() == 0 {
            return too_large();
        }
        let value = self.any(expression);
        let size = value
            .size()
            .filter(|_| !matches!(&value, IcingaValue::Text(text) if text.len() > LONGEST));
        self.left.set(self.left.get().saturating_sub(size.unwrap_or(LONGEST)));
        if size.is_some() { value } else { too_large() }
    }

    fn any(&self, expression: &Expression) -> IcingaValue {
        match expression {
            Expression::Value(value) => value.clone(),
            Expression::Name(name) => self.name(name),
            Expression::List(items) => {
                IcingaValue::List(items.iter().map(|item| self.value(item)).collect())
            }
            Expression::Map(entries) => {
                let mut map = IcingaValue::Map(IndexMap::new());
                for (path, adds, value) in entries {
                    let keys: Option<Vec<String>> =
                        path.iter().map(|key| self.value(key).text()).collect();
                    let Some(keys) = keys else {
                        return IcingaValue::Unknown("a key of a dictionary".to_owned());
                    };
                    map.set(&keys, *adds, self.value(value));
                }
                map
            }
            Expression::If(condition, then, otherwise) => match self.value(condition).truth() {
                Ok(true) => self.value(then),
                Ok(false) => self.value(otherwise),
                Err(what) => IcingaValue::Unknown(what),
            },
            Expression::Index(of, index) => {
                let index = self.value(index);
                match (self.value(of), index) {
                    (IcingaValue::List(list), IcingaValue::Number(number)) =>
                    {
                        #[expect(
                            clippy::cast_possible_truncation,
                            clippy::cast_sign_loss,
                            reason = "an index that is not a whole number finds nothing useful"
                        )]
                        list.get(number as usize).cloned().unwrap_or_default()
                    }
                    (of, index) => index.text().map_or(IcingaValue::Null, |key| of.get(&key)),
                }
            }
            Expression::Call(function, arguments) => self.call(function, arguments),
            Expression::Not(inner) => match self.value(inner).truth() {
                Ok(truth) => IcingaValue::Bool(!truth),
                Err(what) => IcingaValue::Unknown(what),
            },
            Expression::Minus(inner) => match self.value(inner) {
                IcingaValue::Number(number) => IcingaValue::Number(-number),
                _ => {
                    IcingaValue::Unknown("a sign before something that is not a number".to_owned())
                }
            },
            Expression::Binary(sign, left, right) => self.binary(sign, left, right),
        }
    }

    fn name(&self, name: &str) -> IcingaValue {
        if let Some(value) = self.local.get(name) {
            return value.clone();
        }
        if name == "this" {
            return self.this.clone();
        }
        if let IcingaValue::Map(map) = self.this
            && let Some(value) = map.get(name)
        {
            return value.clone();
        }
        let constant = self.constants.get(name).cloned();
        constant.unwrap_or_else(|| IcingaValue::Unknown(format!("the name {name}")))
    }

    fn binary(&self, sign: &str, left: &Expression, right: &Expression) -> IcingaValue {
        let left = self.value(left);
        let truth = |result: Result<bool, String>| match result {
            Ok(truth) => IcingaValue::Bool(truth),
            Err(what) => IcingaValue::Unknown(what),
        };
        match (sign, left.truth()) {
            ("&&", Ok(false)) => return IcingaValue::Bool(false),
            ("||", Ok(true)) => return left,
            ("&&" | "||", Ok(_)) => return self.value(right),
            ("&&" | "||", Err(what)) => {
                // The other side can decide alone.
                return match (sign, self.value(right).truth()) {
                    ("&&", Ok(false)) => IcingaValue::Bool(false),
                    ("||", Ok(true)) => IcingaValue::Bool(true),
                    _ => IcingaValue::Unknown(what),
                };
            }
            _ => {}
        }
        let right = self.value(right);
        for side in [&left, &right] {
            match side {
                IcingaValue::Unknown(what) => return IcingaValue::Unknown(what.clone()),
                IcingaValue::Function(_) => {
                    return IcingaValue::Unknown("a function".to_owned());
                }
                _ => {}
            }
        }
        match sign {
            "+" => left.plus(right),
            "==" => truth(Ok(equal(&left, &right))),
            "!=" => truth(Ok(!equal(&left, &right))),
            "in" | "!in" => {
                let found = match &right {
                    IcingaValue::List(list) => list.iter().any(|one| equal(one, &left)),
                    _ => false,
                };
                truth(Ok(found == (sign == "in")))
            }
            _ => match (&left, &right) {
                (IcingaValue::Number(one), IcingaValue::Number(two)) => match sign {
                    "-" => IcingaValue::Number(one - two),
                    "*" => IcingaValue::Number(one * two),
                    "/" => IcingaValue::Number(one / two),
                    "%" => IcingaValue::Number(one % two),
                    "<" => truth(Ok(one < two)),
                    ">" => truth(Ok(one > two)),
                    "<=" => truth(Ok(one <= two)),
                    _ => truth(Ok(one >= two)),
                },
                _ => {
                    IcingaValue::Unknown(format!("\"{sign}\" between values that are not numbers"))
                }
            },
        }
    }

    fn call(&self, function: &Expression, arguments: &[Expression]) -> IcingaValue {
        let values: Vec<IcingaValue> = arguments.iter().map(|one| self.value(one)).collect();
        let unknown = |name: &str| IcingaValue::Unknown(format!("the function {name}"));
        let name = match function {
            Expression::Name(name) => name.as_str(),
            Expression::Index(of, name) => {
                let name = self.value(name).text().unwrap_or_default();
                let result = method(&self.value(of), &name, &values);
                return result.unwrap_or_else(|| unknown(&name));
            }
            _ => return unknown("in brackets"),
        };
        match (name, values.as_slice()) {
            ("match", [IcingaValue::Text(pattern), subject, ..]) => {
                let pattern = NamePattern::new(pattern);
                let matches =
                    |one: &IcingaValue| one.text().is_some_and(|text| pattern.matches(&text));
                match subject {
                    IcingaValue::Unknown(_) => subject.clone(),
                    IcingaValue::List(list) => IcingaValue::Bool(list.iter().any(matches)),
                    other => IcingaValue::Bool(matches(other)),
                }
            }
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
}

/// What a method of a value returns, such as `contains` of a list. `None` for a method that is not known.
fn method(of: &IcingaValue, name: &str, arguments: &[IcingaValue]) -> Option<IcingaValue> {
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
        (List(list), "len") => number(list.len()),
        (Map(map), "len") => number(map.len()),
        (Text(text), "len") => number(text.len()),
        (IcingaValue::Unknown(what), _) => IcingaValue::Unknown(what.clone()),
        _ => return None,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a text is shorter")]
fn number(length: usize) -> IcingaValue {
    IcingaValue::Number(length as f64)
}

/// Whether two values are equal; null and an empty text are.
fn equal(one: &IcingaValue, other: &IcingaValue) -> bool {
    let empty = |value: &IcingaValue| {
        matches!(value, IcingaValue::Null) || *value == IcingaValue::Text(String::new())
    };
    one == other || empty(one) && empty(other)
}
