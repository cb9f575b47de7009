//! The values of Icinga's configuration.

use std::rc::Rc;

use indexmap::IndexMap;

use super::tokens::Placed;

/// A function. Its body is read when it is called.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct IcingaFunction {
    pub(super) parameters: Rc<[String]>,
    pub(super) body: Rc<[Placed]>,
    /// The values of the names in `use`.
    pub(super) captured: IndexMap<String, IcingaValue>,
}

/// A value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum IcingaValue {
    /// No value.
    #[default]
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<IcingaValue>),
    Map(IndexMap<String, IcingaValue>),
    /// A function, which Icinga runs when it needs the value.
    Function(IcingaFunction),
    /// A value that only Icinga knows, and what it is.
    Unknown(String),
}

impl IcingaValue {
    /// Whether a condition holds; unknown without a value.
    pub(super) fn truth(&self) -> Result<bool, String> {
        match self {
            IcingaValue::Null => Ok(false),
            IcingaValue::Bool(truth) => Ok(*truth),
            IcingaValue::Number(number) => Ok(*number != 0.0),
            IcingaValue::Text(text) => Ok(!text.is_empty()),
            IcingaValue::List(list) => Ok(!list.is_empty()),
            IcingaValue::Map(map) => Ok(!map.is_empty()),
            IcingaValue::Function(_) => Err("a function".to_owned()),
            IcingaValue::Unknown(what) => Err(what.clone()),
        }
    }

    /// The text of a scalar, as Icinga writes it.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            IcingaValue::Text(text) => Some(text.clone()),
            IcingaValue::Number(number) => Some(number.to_string()),
            IcingaValue::Bool(truth) => Some(truth.to_string()),
            _ => None,
        }
    }

    /// The value, or 0 without one, as in comparisons.
    pub(super) fn or_zero(&self) -> IcingaValue {
        match self {
            IcingaValue::Null => IcingaValue::Number(0.0),
            other => other.clone(),
        }
    }

    /// The value of a key; null without it.
    pub(super) fn get(&self, key: &str) -> IcingaValue {
        match self {
            IcingaValue::Map(map) => map.get(key).cloned().unwrap_or_default(),
            IcingaValue::Unknown(_) => self.clone(),
            _ => IcingaValue::Null,
        }
    }

    /// The value at a path of keys, if there is one.
    pub(super) fn at(&self, path: &str) -> Option<IcingaValue> {
        let mut found = self;
        for key in path.split('.') {
            let IcingaValue::Map(map) = found else { return None };
            found = map.get(key)?;
        }
        Some(found.clone())
    }

    /// The map, which replaces another value.
    pub(super) fn map_mut(&mut self) -> &mut IndexMap<String, IcingaValue> {
        if !matches!(self, IcingaValue::Map(_)) {
            *self = IcingaValue::Map(IndexMap::new());
        }
        match self {
            IcingaValue::Map(map) => map,
            _ => unreachable!("it is a map"),
        }
    }

    /// Sets a value at a path of keys, or adds to it.
    pub(super) fn set(&mut self, keys: &[String], adds: bool, new: IcingaValue) {
        Self::set_in(self.map_mut(), keys, adds, new);
    }

    /// The same for a map of names.
    pub(super) fn set_in(
        mut map: &mut IndexMap<String, IcingaValue>,
        keys: &[String],
        adds: bool,
        new: IcingaValue,
    ) {
        let Some((last, before)) = keys.split_last() else { return };
        for key in before {
            map = map.entry(key.clone()).or_default().map_mut();
        }
        let old = map.entry(last.clone()).or_default();
        *old = if adds { std::mem::take(old).plus(new) } else { new };
    }

    /// The number of values in it; absent if there are too many, or too many within each other.
    pub(super) fn size(&self) -> Option<usize> {
        self.size_at(0)
    }

    fn size_at(&self, depth: usize) -> Option<usize> {
        const MOST: (usize, usize) = (64, 10_000);
        let add = |sum: usize, one: &IcingaValue| {
            Some(sum + one.size_at(depth + 1)?).filter(|sum| *sum <= MOST.1)
        };
        match self {
            _ if depth > MOST.0 => None,
            IcingaValue::List(list) => list.iter().try_fold(1, add),
            IcingaValue::Map(map) => map.values().try_fold(1, add),
            IcingaValue::Function(function) => function.captured.values().try_fold(1, add),
            _ => Some(1),
        }
    }

    /// The sum of two values: numbers, texts, lists and maps.
    pub(super) fn plus(self, other: IcingaValue) -> IcingaValue {
        use IcingaValue::{List, Map, Null, Number, Text, Unknown};
        match (self, other) {
            (Unknown(what), _) | (_, Unknown(what)) => Unknown(what),
            (Number(one), Number(two)) => Number(one + two),
            (List(mut one), List(two)) => {
                one.extend(two);
                List(one)
            }
            (Map(mut one), Map(two)) => {
                one.extend(two);
                Map(one)
            }
            (Null, other) => other,
            (one, Null) => one,
            (one, two) => match (one.text(), two.text()) {
                (Some(one), Some(two)) => Text(one + &two),
                _ => Unknown("a sum of different types".to_owned()),
            },
        }
    }
}
