//! What a threshold compares: the value of a metric, or the rate of a counter.

use std::time::Duration;

use crate::catalog::check::Check;
use crate::catalog::function::{Column, ColumnType};
use crate::catalog::rate::{RateName, RatePer};
use crate::catalog::thresholds::{Levels, ObjectRule, Thresholds};
use crate::finding::metric::MetricKind;
use crate::text::suggestion::suggestion;

/// What a threshold compares. Metrics are given by their position in the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// The value of a metric.
    Value(usize),
    /// How fast a counter grows. Only `posemo serve` judges it.
    Rate(usize, RatePer),
}

impl Measure {
    /// What a name in settings means. The error is the message for the user.
    pub fn parse(check: &Check, name: &str) -> Result<Measure, String> {
        if let Some(rate) = RateName::parse(name) {
            let rate = rate?;
            return counter(check, &rate).map(|position| Measure::Rate(position, rate.per));
        }
        let position = check.metrics().position(|column| column.name == name);
        let is_number = |position: &usize| numbers(check).any(|(number, _)| number == *position);
        position.filter(is_number).map(Measure::Value).ok_or_else(|| {
            let near = suggestion(name, numbers(check).map(|(_, column)| column.name.as_str()));
            let what = if position.is_some() { "threshold for the boolean" } else { "metric" };
            format!("{} has no {what} \"{name}\"{near}", check.name)
        })
    }

    /// The column of its metric.
    pub fn column(self, check: &Check) -> Option<&Column> {
        let (Measure::Value(position) | Measure::Rate(position, _)) = self;
        check.metrics().nth(position)
    }

    /// The name in settings.
    pub fn name(self, check: &Check) -> String {
        match (self.rate(check), self.column(check)) {
            (Some(rate), _) => rate.to_string(),
            (None, column) => column.map_or_else(String::new, |column| column.name.clone()),
        }
    }

    /// The rate, if it is one.
    pub fn rate(self, check: &Check) -> Option<RateName> {
        let Measure::Rate(_, per) = self else { return None };
        Some(RateName { metric: self.column(check)?.name.clone(), per })
    }

    /// Its ranges for all objects.
    pub fn levels(self, check: &Check, thresholds: &Thresholds) -> Levels {
        let levels = match self.rate(check) {
            Some(rate) => thresholds.rates.get(&rate),
            None => self.column(check).and_then(|column| thresholds.levels.get(&column.name)),
        };
        levels.cloned().unwrap_or_default()
    }

    /// Its ranges for all objects, to be changed.
    pub fn levels_mut<'t>(self, check: &Check, thresholds: &'t mut Thresholds) -> &'t mut Levels {
        match self.rate(check) {
            Some(rate) => thresholds.rates.entry(rate).or_default(),
            None => thresholds.levels.entry(self.name(check)).or_default(),
        }
    }

    /// Its ranges in a rule for objects.
    pub fn of_rule(self, check: &Check, rule: &ObjectRule) -> Option<Levels> {
        let levels = match self.rate(check) {
            Some(rate) => rule.rates.get(&rate),
            None => self.column(check).and_then(|column| rule.levels.get(&column.name)),
        };
        levels.cloned()
    }

    /// Its ranges in a rule for objects, to be changed.
    pub fn of_rule_mut<'r>(self, check: &Check, rule: &'r mut ObjectRule) -> &'r mut Levels {
        match self.rate(check) {
            Some(rate) => rule.rates.entry(rate).or_default(),
            None => rule.levels.entry(self.name(check)).or_default(),
        }
    }

    /// The metrics that can have thresholds, and the rates with a range, for all objects or some.
    pub fn all(check: &Check, thresholds: &Thresholds) -> impl Iterator<Item = Measure> {
        let values = numbers(check).map(|(position, _)| Measure::Value(position));
        values.chain(Measure::rates(check, thresholds))
    }

    /// The rates with a range, for all objects or some.
    pub fn rates(check: &Check, thresholds: &Thresholds) -> impl Iterator<Item = Measure> {
        let position =
            |rate: &RateName| check.metrics().position(|column| column.name == rate.metric);
        let rates = thresholds.rate_names().into_iter();
        rates.filter_map(move |rate| Some(Measure::Rate(position(rate)?, rate.per)))
    }
}

/// Sets the window of a rate. The error is the message for the user.
pub fn set_window(
    check: &Check,
    measure: Measure,
    thresholds: &mut Thresholds,
    window: Duration,
) -> Result<(), String> {
    let rate = measure.rate(check).ok_or_else(|| {
        format!("is for a rate; write [….thresholds.\"{} per hour\"]", measure.name(check))
    })?;
    thresholds.windows.insert(rate, window);
    Ok(())
}

/// The metrics that can have thresholds, with their positions.
pub fn numbers(check: &Check) -> impl Iterator<Item = (usize, &Column)> {
    check.metrics().enumerate().filter(|(_, column)| column.sql_type != ColumnType::Boolean)
}

/// The objects of a rule, as pages name them.
pub fn rule_name(rule: &ObjectRule) -> String {
    let databases: Vec<String> = rule.databases.iter().map(ToString::to_string).collect();
    let within = if databases.is_empty() { "" } else { " in " };
    format!("{}{within}{}", rule.objects, databases.join(", "))
}

/// The position of the counter of a rate. The error is the message for the user.
fn counter(check: &Check, rate: &RateName) -> Result<usize, String> {
    let Some((position, column)) =
        check.metrics().enumerate().find(|(_, column)| column.name == rate.metric)
    else {
        let counters = check.metrics().filter(|column| column.kind == MetricKind::Counter);
        let near = suggestion(&rate.metric, counters.map(|column| column.name.as_str()));
        return Err(format!("{} has no counter \"{}\"{near}", check.name, rate.metric));
    };
    if column.kind != MetricKind::Counter {
        return Err(format!(
            "\"{}\" of {} is not a counter: it rises and falls, so it has no rate",
            column.name, check.name
        ));
    }
    if check.columns().any(|column| column.name == rate.metric_name()) {
        return Err(format!("{} has a column with the name of this rate; use it", check.name));
    }
    Ok(position)
}
